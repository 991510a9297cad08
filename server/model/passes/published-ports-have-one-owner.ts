/**
 * In: the resolved gateways, all addresses, and the zones of endpoints. Out: every gateway's port mappings, each with one
 * address, one range of ports and one target that the gateway reaches; and the addresses that only they name, which the
 * gateway then has as well. One address, protocol and port has one owner: a packet can be sent on to one place only.
 */
import type { Address, Family, InterfaceAddress } from '../../core/address.ts';
import { familyOf, hostPrefix } from '../../core/address.ts';
import type { Place } from '../../core/place.ts';
import type { PortRange, Publish } from '../../flow/model.ts';
import type { GatewayEntry, PublishLine } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { byPlace, compareText, listNames, PUBLISH_DOUBTFUL, related } from '../report.ts';
import { rangeText } from '../services.ts';
import { subnetOf } from '../subnet-index.ts';
import { familyOfPrefix, prefixesOf } from './endpoints-are-zones.ts';
import type { PublishContext } from './publish-context.ts';
import { publishTarget } from './publish-target.ts';
import { publishId } from './publish-id.ts';
import type { OccupiedPorts } from './occupied-ports.ts';
import { newOccupiedPorts } from './occupied-ports.ts';
import { unusable } from './subnets-are-disjoint.ts';

export interface Publishes {
  readonly ofGateway: ReadonlyMap<string, readonly Publish[]>;
  /** Gateway → network → /32 and /128. */
  readonly natAddresses: ReadonlyMap<string, ReadonlyMap<string, readonly InterfaceAddress[]>>;
}

interface Listener {
  readonly gateway: string;
  readonly place: Place;
}

export function settlePublishes(context: PublishContext): Publishes {
  const { topology } = context;
  const listeners = new Map<Address, Listener>();
  const ofGateway = new Map<string, readonly Publish[]>();
  const natAddresses = new Map<string, ReadonlyMap<string, readonly InterfaceAddress[]>>();
  const gateways = [...topology.gateways.values()].sort((a, b) => byPlace(a.place, b.place));
  for (const gateway of gateways) {
    const further = new Map<string, Set<InterfaceAddress>>();
    const made = new Map<string, Publish>();
    const occupied = newOccupiedPorts();
    const own = ownListen(gateway, context);
    for (const line of [...gateway.publish].sort((a, b) => byPlace(a.place, b.place))) {
      const listen = line.listen?.value ?? own.address;
      if (listen === undefined) reportNoListen(gateway, line, own.external, context.notes);
      const network = listen === undefined ? null : claimListen(gateway, line, listen, listeners, context);
      if (listen === undefined || network === null) {
        context.notes.doubtful.add(PUBLISH_DOUBTFUL);
        continue;
      }
      if (network !== undefined) further.set(network, (further.get(network) ?? new Set()).add(hostPrefix(listen)));
      addMappings(gateway, line, listen, made, occupied, context);
    }
    ofGateway.set(gateway.name, sortPublishes([...made.values()]));
    natAddresses.set(gateway.name, new Map([...further].map(([network, set]) => [network, [...set].sort()])));
  }
  return { ofGateway, natAddresses };
}

function addMappings(
  gateway: GatewayEntry,
  line: PublishLine,
  listen: Address,
  made: Map<string, Publish>,
  occupied: OccupiedPorts,
  context: PublishContext,
): void {
  const { notes } = context;
  const [only, ...others] = line.ports;
  if (line.toPort !== null && (others.length > 0 || only === undefined || only.first !== only.last)) {
    notes.report(
      'publish-target-port',
      line.place,
      `\`${line.text}\` leads several ports to the single port ${String(line.toPort)} inside, where nobody could tell any more which one was meant.`,
      {
        hint: 'leave the inside port out, which keeps each port the same, or publish one port a line',
      },
    );
    notes.doubtful.add(PUBLISH_DOUBTFUL);
    return;
  }
  const target = publishTarget(gateway, line, familyOf(listen), context);
  const from = limitedTo(line, familyOf(listen), context);
  if (target === undefined || from === undefined) {
    notes.doubtful.add(PUBLISH_DOUBTFUL);
    return;
  }
  for (const ports of line.ports) {
    const content = { listen, protocol: line.protocol, ports, target: { ...target, port: line.toPort }, from };
    const id = publishId(context.topology.name, gateway.name, line, content);
    const same = made.get(id);
    if (same !== undefined) {
      // A list of ports on one line may overlap itself.
      if (same.place !== line.place) reportDuplicate(line, same, notes);
      continue;
    }
    const publish: Publish = { id, place: line.place, text: line.text, ...content };
    const taken = occupied.take(publish);
    if (taken === undefined) made.set(id, publish);
    else reportTaken(line, listen, ports, taken, notes);
  }
}

/** What the short form listens on: the gateway's IPv4 address on its only external network. */
function ownListen(
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

function reportNoListen(gateway: GatewayEntry, line: PublishLine, external: readonly string[], notes: Notes): void {
  const [network, second] = external;
  if (notes.doubtful.has(gateway.name) || (network !== undefined && notes.doubtful.has(network))) return;
  const detail =
    network === undefined
      ? `Gateway ${gateway.name} has no NIC on an external network, so \`${line.text}\` does not say where it listens.`
      : second === undefined
        ? `Gateway ${gateway.name} has no IPv4 address on its external network ${network}, so \`${line.text}\` has nothing to listen on.`
        : `Gateway ${gateway.name} has NICs on the external networks ${listNames(external)}, so \`${line.text}\` could listen on either.`;
  notes.report('publish-listen', line.place, detail, {
    hint: `say where: \`{ listen: "ADDRESS:${line.ports.map(rangeText).join(',')}/${line.protocol}", to: … }\``,
  });
}

/**
 * Whether the gateway may have the address. The network on which it becomes a further address of the gateway; `undefined`
 * where it has it anyway or where it is routed there; `null` where it is refused.
 */
function claimListen(
  gateway: GatewayEntry,
  line: PublishLine,
  listen: Address,
  listeners: Map<Address, Listener>,
  { subnets, addresses, notes }: PublishContext,
): string | null | undefined {
  const place = line.listen?.place ?? line.place;
  const owner = addresses.owners.get(listen);
  const other = listeners.get(listen);
  const subnet = subnetOf(subnets, listen);
  const router = subnet === undefined ? undefined : subnets.routers.get(subnet.text);
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
  if (other === undefined) listeners.set(listen, { gateway: gateway.name, place });
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

/** Sources of the listening family; `undefined` where the line limits it to nobody. */
function limitedTo(
  line: PublishLine,
  family: Family,
  { subnets, zonesOf, notes }: PublishContext,
): Publish['from'] | undefined {
  if (line.from === null) return null;
  const zones = zonesOf(...line.from.map((each) => each.value));
  const prefixes = prefixesOf(zones, subnets).filter((prefix) => familyOfPrefix(prefix) === family);
  if (prefixes.length > 0) return prefixes;
  notes.report(
    'publish-from',
    line.place,
    `\`from\` of \`${line.text}\` holds no IPv${String(family)} address, so nobody may use the port.`,
    {
      hint: `name sources with IPv${String(family)} addresses, or leave \`from\` out`,
    },
  );
  return undefined;
}

function reportDuplicate(line: PublishLine, same: Publish, notes: Notes): void {
  notes.report('duplicate', line.place, `\`${line.text}\` stands there twice; the second changes nothing.`, {
    hint: 'remove one of the two',
    related: [related(same.place, 'first written here')],
  });
}

function reportTaken(line: PublishLine, listen: Address, ports: PortRange, taken: Publish, notes: Notes): void {
  const first = Math.max(ports.first, taken.ports.first);
  const last = Math.min(ports.last, taken.ports.last);
  notes.report(
    'publish-twice',
    line.place,
    `${rangeText({ first, last })}/${line.protocol} of ${listen} is published as \`${taken.text}\` already; a packet can be sent on to one place only.`,
    {
      hint: 'choose another port or another `listen` address',
      related: [related(taken.place, 'first published here')],
    },
  );
}

function sortPublishes(publishes: readonly Publish[]): readonly Publish[] {
  return [...publishes].sort(
    (a, b) => compareText(a.listen, b.listen) || compareText(a.protocol, b.protocol) || a.ports.first - b.ports.first,
  );
}
