import type { Address, Family } from '../../core/address.ts';
import { addressPart, familyOf, hostPrefix, mustParsePrefix } from '../../core/address.ts';
import type { Gateway, MemberNic, Model, Service } from '../../flow/model.ts';
import type { IndexedSubnet, SubnetIndex } from '../subnet-index.ts';
import { indexSubnets, realmsMet } from '../subnet-index.ts';

/** An address of a node, and whether the node's default route leaves by it. */
export interface NodeAddress {
  readonly address: Address;
  readonly family: Family;
  readonly network: string;
  readonly leads: boolean;
}

/** Something that packets can be sent from and to. */
export interface Node {
  readonly name: string;
  readonly sort: 'guest' | 'host' | 'gateway' | 'temporary' | 'internet';
  readonly addresses: readonly NodeAddress[];
  readonly listens: readonly Service[];
  /** Of a member: its gateway. */
  readonly gateway?: string;
}

/** Who has which address, and what lies where. */
export interface AddressBook {
  readonly nodes: ReadonlyMap<string, Node>;
  /** Who has the address there; without a realm, in whichever realm somebody has it. */
  readonly ownerOf: (realm: string | null, address: Address) => Node | undefined;
  readonly realmOf: (network: string) => string;
  /** Guests and hosts on a network, in order of name: who is meant by the network as an end of a flow. */
  readonly membersOf: (network: string) => readonly Node[];
  /** One node per member of a gateway. */
  readonly gatewayNodes: (gateway: string) => readonly Node[];
  readonly subnets: SubnetIndex;
}

const LINK_LOCAL = /^169\.254\./;

export function addressBook(model: Model): AddressBook {
  const nodes = new Map<string, Node>();
  const members = new Map<string, Node[]>();
  for (const guest of model.guests.values()) {
    const addresses = guest.nics.flatMap((nic) =>
      nic.addresses.map((each) => nodeAddress(each, nic.network, nic.defaultVia)),
    );
    nodes.set(guest.name, { name: guest.name, sort: 'guest', addresses, listens: guest.listens });
  }
  for (const host of model.hosts.values()) {
    const addresses = host.nics.flatMap((nic) => nic.addresses.map((each) => nodeAddress(each, nic.network, [])));
    nodes.set(host.name, { name: host.name, sort: 'host', addresses, listens: [] });
  }
  for (const node of nodes.values()) {
    for (const network of new Set(node.addresses.map((each) => each.network))) {
      members.set(network, [...(members.get(network) ?? []), node]);
    }
  }
  const gateways = new Map<string, readonly Node[]>();
  for (const gateway of model.gateways.values()) {
    const leads = new Set(
      gateway.routing.routes
        .filter(({ to }) => to.endsWith('/0'))
        .map(({ network, via }) => `${network} ${String(familyOf(via))}`),
    );
    const addresses = gateway.nics.flatMap((nic) =>
      [...nic.addresses, ...nic.natAddresses.filter((each) => !isGivenAway(gateway, each))].map((each): NodeAddress => {
        const address = addressPart(each);
        const family = familyOf(address);
        return { address, family, network: nic.network, leads: leads.has(`${nic.network} ${String(family)}`) };
      }),
    );
    const list = gateway.members.map(({ name, nics }): Node => ({
      name,
      sort: 'gateway',
      addresses: [...addresses, ...ownOfMember(nics, addresses)],
      listens: [],
      gateway: gateway.name,
    }));
    gateways.set(gateway.name, list);
    for (const node of list) nodes.set(node.name, node);
  }
  const realmOf = (network: string): string => model.networks.get(network)?.realm ?? '';
  const subnets = indexSubnets(subnetsOf(model));
  const owners = new Map<string, Node>();
  const own = (realm: string, address: Address, node: Node): void => {
    for (const key of [`${realm} ${address}`, ` ${address}`]) if (!owners.has(key)) owners.set(key, node);
  };
  for (const node of nodes.values()) {
    for (const { address, network } of node.addresses) own(realmOf(network), address, node);
  }
  for (const gateway of model.gateways.values()) {
    const [first] = gateways.get(gateway.name) ?? [];
    const realms = new Set(gateway.nics.map((nic) => realmOf(nic.network)));
    // An address outside every subnet that is routed to the gateway is the gateway's as well.
    for (const { listen } of [...gateway.publishes, ...gateway.balances]) {
      if (first === undefined || realmsMet(subnets, hostPrefix(listen)).some((realm) => realms.has(realm))) continue;
      for (const realm of realms) own(realm, listen, first);
    }
    for (const { outside } of gateway.oneToOnes)
      if (first !== undefined) for (const realm of realms) own(realm, outside, first);
  }
  return {
    nodes,
    ownerOf: (realm, address) => owners.get(`${realm ?? ''} ${address}`),
    realmOf,
    membersOf: (network) => members.get(network) ?? [],
    gatewayNodes: (gateway) => gateways.get(gateway) ?? [],
    subnets,
  };
}

/** What a member of a cluster has beside the addresses that move; a link-local one is met by its neighbours only. */
function ownOfMember(nics: readonly MemberNic[], known: readonly NodeAddress[]): readonly NodeAddress[] {
  const others = nics.flatMap((nic) => nic.own.map((each) => nodeAddress(each, nic.network, [])));
  return others.filter(
    ({ address, network }) =>
      !LINK_LOCAL.test(address) && !known.some((each) => each.address === address && each.network === network),
  );
}

/** The outside of a one-to-one is somebody else's: the gateway only answers for it. */
function isGivenAway({ oneToOnes }: Gateway, written: string): boolean {
  return oneToOnes.some(({ outside }) => outside === addressPart(written));
}

function nodeAddress(written: string, network: string, defaultVia: readonly Address[]): NodeAddress {
  const address = addressPart(written);
  const family = familyOf(address);
  return { address, family, network, leads: defaultVia.some((via) => familyOf(via) === family) };
}

function subnetsOf(model: Model): IndexedSubnet[] {
  return [...model.networks.values()].flatMap((network) =>
    network.subnets.map((subnet) => ({
      ...mustParsePrefix(subnet.prefix),
      network: network.name,
      realm: network.realm,
    })),
  );
}
