import type { Address, Family } from '../../core/address.ts';
import type { PortRange, Publish } from '../../flow/model.ts';
import type { GatewayEntry, PublishLine } from '../../flow/topology.ts';
import { firstPortOutside, portsOf } from '../services.ts';
import { subnetSeenFrom } from '../realms.ts';
import type { PublishContext } from './publish-context.ts';

type Target = Omit<Publish['target'], 'port'>;

/** A line that leads ports to somebody. */
type Leading = Pick<PublishLine, 'text' | 'to' | 'toPort' | 'ports' | 'protocol'>;

/**
 * Where a port mapping leads: an address of the listening family, on a network that the gateway is on. A translated packet
 * keeps its family, and nothing is routed on from gateway to gateway unless a route says so.
 */
export function publishTarget(
  gateway: GatewayEntry,
  line: Leading,
  family: Family,
  context: PublishContext,
): Target | undefined {
  const { guest, address } = line.to.value;
  const target =
    guest === null
      ? addressTarget(gateway, line, address, family, context)
      : guestTarget(gateway, line, guest, family, context);
  // Of a guest that is named this is asked even where it has no address: the one mistake does not hide the other.
  const named = guest ?? target?.guest ?? null;
  if (named !== null) warnWhereNobodyListens(line, named, context);
  return target;
}

function guestTarget(
  gateway: GatewayEntry,
  line: Leading,
  name: string,
  family: Family,
  context: PublishContext,
): Target | undefined {
  const { topology, addresses, notes } = context;
  const guest = topology.guests.get(name);
  if (guest === undefined) return undefined;
  // A guest with several NICs beside the gateway is reached on an inner network rather than on the external one.
  const outer = (network: string): number => (topology.networks.get(network)?.external === true ? 1 : 0);
  const shared = [...guest.nics.keys()]
    .filter((network) => gateway.nics.has(network))
    .sort((a, b) => outer(a) - outer(b) || (a < b ? -1 : 1));
  for (const network of shared) {
    const own = addresses.of(name, network).find((each) => each.subnet.family === family);
    if (own !== undefined) return { guest: name, network, address: own.address };
  }
  if (notes.doubtful.has(name) || notes.doubtful.has(gateway.name)) return undefined;
  const detail =
    shared.length === 0
      ? `Guest ${name} is on none of the networks of gateway ${gateway.name} (${[...gateway.nics.keys()].sort().join(', ')}), so it cannot be reached from there.`
      : `Guest ${name} has no IPv${String(family)} address on ${shared.join(' or ')}, and \`${line.text}\` listens on IPv${String(family)}.`;
  notes.report('publish-unreachable', line.to.place, detail, {
    hint:
      shared.length === 0
        ? `give the gateway a NIC on ${[...guest.nics.keys()].sort().join(' or ') || 'a network of the guest'}`
        : `give it one, or listen on an IPv${family === 4 ? '6' : '4'} address`,
  });
  return undefined;
}

function addressTarget(
  gateway: GatewayEntry,
  line: Leading,
  address: Address,
  family: Family,
  { topology, subnets, addresses, notes }: PublishContext,
): Target | undefined {
  const subnet = subnetSeenFrom(topology, subnets, gateway.nics.keys(), address);
  const owner = subnet === undefined ? undefined : addresses.ownerOf(subnet.realm, address);
  if (
    subnet !== undefined &&
    subnet.family === family &&
    gateway.nics.has(subnet.network) &&
    owner?.kind !== 'gateway'
  ) {
    return { guest: owner?.kind === 'guest' ? owner.name : null, network: subnet.network, address };
  }
  if (notes.doubtful.has(gateway.name)) return undefined;
  const why =
    owner?.kind === 'gateway'
      ? `${address} is an address of gateway ${owner.name}, and a published port leads to a guest.`
      : subnet === undefined
        ? `${address} is in no subnet of the topology.`
        : subnet.family === family
          ? `${address} is on network ${subnet.network}, where gateway ${gateway.name} has no NIC.`
          : `${address} is not an IPv${String(family)} address, and \`${line.text}\` listens on IPv${String(family)}.`;
  notes.report('publish-unreachable', line.to.place, why, {
    hint: 'name a guest, or an address on a network of the gateway',
  });
  return undefined;
}

function warnWhereNobodyListens(line: Leading, name: string, { topology, notes }: PublishContext): void {
  const guest = topology.guests.get(name);
  if (guest === undefined) return;
  const inside: readonly PortRange[] = line.toPort === null ? line.ports : [{ first: line.toPort, last: line.toPort }];
  const open = portsOf(
    guest.listens.map((each) => each.value),
    line.protocol,
  );
  for (const range of inside) {
    const port = firstPortOutside(range, open);
    if (port === undefined) continue;
    notes.report(
      'publish-nobody-listens',
      line.to.place,
      `Guest ${name} does not say that it listens on ${String(port)}/${line.protocol}, where \`${line.text}\` leads.`,
      {
        hint: `add \`listens: [${String(port)}/${line.protocol}]\` to ${name}, or correct the port`,
      },
    );
    return;
  }
}
