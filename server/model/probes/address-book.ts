import type { Address, Family } from '../../core/address.ts';
import { addressPart, familyOf, mustParsePrefix } from '../../core/address.ts';
import type { Model, Service } from '../../flow/model.ts';
import type { IndexedSubnet, SubnetIndex } from '../subnet-index.ts';
import { indexSubnets } from '../subnet-index.ts';

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
}

/** Who has which address, and what lies where. */
export interface AddressBook {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly owners: ReadonlyMap<Address, Node>;
  /** Guests and hosts on a network, in order of name: who is meant by the network as an end of a flow. */
  readonly membersOf: (network: string) => readonly Node[];
  /** One node per member of a gateway. */
  readonly gatewayNodes: (gateway: string) => readonly Node[];
  readonly subnets: SubnetIndex;
}

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
    const leads = new Set(gateway.defaultVia.map((way) => `${way.device} ${String(familyOf(way.via))}`));
    const addresses = gateway.nics.flatMap((nic) =>
      [...nic.addresses, ...nic.natAddresses].map((each): NodeAddress => {
        const address = addressPart(each);
        const family = familyOf(address);
        return { address, family, network: nic.network, leads: leads.has(`${nic.device} ${String(family)}`) };
      }),
    );
    const list = gateway.members.map(({ name }): Node => ({ name, sort: 'gateway', addresses, listens: [] }));
    gateways.set(gateway.name, list);
    for (const node of list) nodes.set(node.name, node);
  }
  const owners = new Map<Address, Node>();
  for (const node of nodes.values()) {
    for (const { address } of node.addresses) if (!owners.has(address)) owners.set(address, node);
  }
  for (const gateway of model.gateways.values()) {
    const [first] = gateways.get(gateway.name) ?? [];
    // An address outside every subnet that is routed to the gateway is the gateway's as well.
    for (const { listen } of gateway.publishes)
      if (first !== undefined && !owners.has(listen)) owners.set(listen, first);
  }
  return {
    nodes,
    owners,
    membersOf: (network) => members.get(network) ?? [],
    gatewayNodes: (gateway) => gateways.get(gateway) ?? [],
    subnets: indexSubnets(subnetsOf(model)),
  };
}

function nodeAddress(written: string, network: string, defaultVia: readonly Address[]): NodeAddress {
  const address = addressPart(written);
  const family = familyOf(address);
  return { address, family, network, leads: defaultVia.some((via) => familyOf(via) === family) };
}

function subnetsOf(model: Model): IndexedSubnet[] {
  return [...model.networks.values()].flatMap((network) =>
    network.subnets.map((subnet) => ({ ...mustParsePrefix(subnet.prefix), network: network.name })),
  );
}
