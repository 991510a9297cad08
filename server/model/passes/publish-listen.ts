/**
 * Where a gateway listens for what it publishes: an address of its own, one that only the mapping names and that it then has as
 * well, or one that is routed to it from outside. In one realm an address has one owner.
 */
import type { Address } from '../../core/address.ts';
import type { Place } from '../../core/place.ts';
import type { GatewayEntry, PublishLine } from '../../flow/topology.ts';
import { membersOf } from '../address-claims.ts';
import { realmsOn, subnetSeenFrom } from '../realms.ts';
import type { Notes } from '../report.ts';
import { listNames, related } from '../report.ts';
import { rangeText } from '../services.ts';
import { subnetKey } from '../subnet-index.ts';
import type { PublishContext } from './publish-context.ts';
import { unusable } from './subnets-are-disjoint.ts';

interface Listener {
  readonly gateway: string;
  readonly place: Place;
}

/** A line that has a gateway listen; `to` is the only one that it leads to, if there is one. */
export type Listening = Pick<PublishLine, 'place' | 'text' | 'listen' | 'protocol' | 'ports'> & {
  readonly to: PublishLine['to'] | null;
};

/** By realm and address. */
export type Listeners = Map<string, Listener>;

/** What the short form listens on: the gateway's IPv4 address on its only external network. */
export function ownListen(
  gateway: GatewayEntry,
  { topology, addresses }: PublishContext,
): { readonly external: readonly string[]; readonly address: Address | undefined } {
  const external = [...gateway.nics.keys()]
    .filter((network) => topology.networks.get(network)?.external === true)
    .sort();
  const [network, second] = external;
  if (network === undefined || second !== undefined) return { external, address: undefined };
  return { external, address: addresses.of(gateway.name, network).find((each) => each.subnet.family === 4)?.address };
}

export function reportNoListen(
  gateway: GatewayEntry,
  line: Listening,
  external: readonly string[],
  notes: Notes,
): void {
  const [network, second] = external;
  if (notes.doubtful.has(gateway.name) || (network !== undefined && notes.doubtful.has(network))) return;
  const detail =
    network === undefined
      ? `Gateway ${gateway.name} has no NIC on an external network, so \`${line.text}\` does not say where it listens.`
      : second === undefined
        ? `Gateway ${gateway.name} has no ${membersOf(gateway).length > 1 ? 'shared ' : ''}IPv4 address on its external network ${network}, so \`${line.text}\` has nothing to listen on.`
        : `Gateway ${gateway.name} has NICs on the external networks ${listNames(external)}, so \`${line.text}\` could listen on either.`;
  notes.report('publish-listen', line.place, detail, {
    hint: `say where: \`{ listen: "ADDRESS:${line.ports.map(rangeText).join(',')}/${line.protocol}", to: … }\``,
  });
}

/**
 * Whether the gateway may have the address. The network on which it becomes a further address of the gateway; `undefined`
 * where it has it anyway or where it is routed there; `null` where it is refused.
 */
export function claimListen(
  gateway: GatewayEntry,
  line: Listening,
  listen: Address,
  listeners: Listeners,
  { topology, subnets, addresses, oneToOnes, notes }: PublishContext,
): string | null | undefined {
  const place = line.listen?.place ?? line.place;
  const subnet = subnetSeenFrom(topology, subnets, gateway.nics.keys(), listen);
  // What lies in no subnet is routed to the gateway from outside: it is the same address for all who are in that realm.
  const realms = subnet === undefined ? realmsOutside(gateway, topology) : [subnet.realm];
  const owner = subnet === undefined ? undefined : addresses.ownerOf(subnet.realm, listen);
  const other = realms.map((realm) => listeners.get(`${realm} ${listen}`)).find((each) => each !== undefined);
  const router = subnet === undefined ? undefined : subnets.routers.get(subnetKey(subnet));
  // A guest's own address is opened, not taken away from it.
  const to = line.to?.value;
  const opened = to?.guest === null ? to.address === listen : to !== undefined && to.guest === owner?.name;
  if (owner?.kind === 'guest' && opened) return undefined;
  if (owner !== undefined && owner.name !== gateway.name) {
    notes.report(
      'address-twice',
      place,
      `${listen} belongs to ${owner.kind} ${owner.name}; gateway ${gateway.name} cannot listen on it.`,
      {
        hint: 'listen on an address of the gateway, or on a free one',
        related: [related(owner.place, 'first used here')],
      },
    );
    return null;
  }
  if (owner === undefined && router?.value === listen) {
    notes.report(
      'address-twice',
      place,
      `${listen} is the router of network ${subnet?.network ?? ''} and belongs to somebody else; gateway ${gateway.name} cannot listen on it.`,
      {
        hint: 'listen on an address of the gateway, or on a free one',
        related: [related(router.place, 'the router is named here')],
      },
    );
    return null;
  }
  if (other !== undefined && other.gateway !== gateway.name) {
    notes.report(
      'address-twice',
      place,
      `Gateway ${other.gateway} listens on ${listen} already; an address has one owner.`,
      {
        hint: 'publish it on one gateway',
        related: [related(other.place, 'first used here')],
      },
    );
    return null;
  }
  const mapped = realms.map((realm) => oneToOnes.takenBy(realm, listen)).find((each) => each !== undefined);
  if (mapped !== undefined) {
    notes.report(
      'address-twice',
      place,
      `${listen} stands as a whole for an address inside, by \`${mapped.text}\` of gateway ${mapped.gateway}; no port of it can be published.`,
      {
        hint: 'listen on another address, or remove the one-to-one and publish the ports that are needed',
        related: [related(mapped.place, 'mapped here')],
      },
    );
    return null;
  }
  if (other === undefined)
    for (const realm of realms) listeners.set(`${realm} ${listen}`, { gateway: gateway.name, place });
  if (owner !== undefined) return undefined;
  if (subnet === undefined) {
    if (other === undefined) {
      notes.report(
        'publish-not-local',
        place,
        `${listen} is in no subnet of the topology, so nobody asks for it by ARP or neighbour discovery; it must be routed to gateway ${gateway.name}.`,
        {
          hint: 'make sure that the router outside has such a route, or listen on an address of the external subnet',
        },
      );
    }
    return undefined;
  }
  const reason = unusable(subnet, listen);
  if (reason !== undefined) {
    notes.report('address-unusable', place, `${listen} is the ${reason} of ${subnet.text}; nobody can listen on it.`, {
      hint: 'choose another address of the subnet',
    });
    return null;
  }
  if (gateway.nics.has(subnet.network)) return subnet.network;
  if (!notes.doubtful.has(gateway.name)) {
    notes.report(
      'publish-listen',
      place,
      `${listen} is in ${subnet.text} of network ${subnet.network}, where gateway ${gateway.name} has no NIC; packets to it never get there.`,
      {
        hint: `add a NIC on ${subnet.network}, or listen on an address of a network that it is on`,
      },
    );
  }
  return null;
}

/** The realms in which addresses are routed to the gateway from outside. */
function realmsOutside(gateway: GatewayEntry, topology: PublishContext['topology']): readonly string[] {
  const external = [...gateway.nics.keys()].filter((network) => topology.networks.get(network)?.external === true);
  return realmsOn(topology, external.length > 0 ? external : gateway.nics.keys());
}
