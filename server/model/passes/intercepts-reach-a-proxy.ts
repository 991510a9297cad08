/**
 * In: the resolved gateways and all addresses. Out: what each gateway intercepts, with the networks that it is taken from and the
 * proxies that get it. A proxy gets packets with both addresses kept, so it must be a neighbour of the gateway; and from one
 * network a port can be taken once.
 */
import { familyOf } from '../../core/address.ts';
import { shortTag } from '../../core/hash.ts';
import { canonicalJson } from '../../core/json.ts';
import { RELAYED } from '../../flow/mark.ts';
import type { Intercept, Service, Target } from '../../flow/model.ts';
import type { GatewayEntry, InterceptLine, Located, TargetRef, Topology } from '../../flow/topology.ts';
import { subnetSeenFrom } from '../realms.ts';
import { byPlace, compareText, listNames, related } from '../report.ts';
import { gatewayBlock, interceptMark } from '../routing.ts';
import { normalServices, portsOf, rangeText, serviceText } from '../services.ts';
import type { OneToOneContext } from './one-to-one-context.ts';

type Context = OneToOneContext;
const ID_LENGTH = 10;

export function settleIntercepts(context: Context): ReadonlyMap<string, readonly Intercept[]> {
  return new Map(
    [...context.topology.gateways.values()].map((gateway) => [gateway.name, interceptsOf(gateway, context)]),
  );
}

function interceptsOf(gateway: GatewayEntry, context: Context): readonly Intercept[] {
  const made: Intercept[] = [];
  for (const line of [...gateway.intercept].sort((a, b) => byPlace(a.place, b.place))) {
    const services = normalServices(line.services);
    const from = line.from.map(({ value }) => value);
    // All three are looked at, so that one mistake does not hide another.
    const checks = [hasPorts(services, line, context), isAttached(gateway, line, context)];
    const targets = targetsOf(gateway, line, context);
    if (checks.includes(false) || targets === undefined) continue;
    const { place, text } = line;
    const content = canonicalJson({ services, from: [...from].sort(), to: line.to.map(({ value }) => value) });
    const id = `i-${shortTag(ID_LENGTH, 'intercept', context.topology.name, gateway.name, content)}`;
    const intercept: Intercept = { id, place, text, services, from: [...new Set(from)].sort(), targets, mark: 0 };
    if (isFirst(intercept, made, context)) made.push(intercept);
  }
  return numbered(
    gateway,
    made.sort((a, b) => compareText(a.id, b.id)),
    context,
  );
}

/** Each target has a mark of its own, and a further one for what it opens itself. */
function numbered(gateway: GatewayEntry, made: readonly Intercept[], { topology, notes }: Context): Intercept[] {
  let next = 0;
  return made.map((intercept) => {
    const mark = interceptMark(gatewayBlock(topology, gateway), next);
    const counts = ([4, 6] as const).map(
      (family) => intercept.targets.filter(({ address }) => familyOf(address) === family).length,
    );
    next += Math.max(...counts);
    if (next > RELAYED) {
      const detail = `Gateway ${gateway.name} hands connections to more than ${String(RELAYED)} proxies, and has no more numbers for them.`;
      notes.report('intercept-impossible', intercept.place, detail, { hint: 'name fewer proxies' });
    }
    return { ...intercept, mark };
  });
}

function hasPorts(services: readonly Service[], { text, place }: InterceptLine, { notes }: Context): boolean {
  const odd = services.find(({ protocol }) => protocol !== 'tcp' && protocol !== 'udp');
  if (odd === undefined) return true;
  const detail = `\`${text}\` takes ${serviceText(odd)}, and a proxy takes connections to ports of TCP and UDP.`;
  notes.report('intercept-impossible', place, detail, { hint: 'name ports: `take: 80/tcp`' });
  return false;
}

function isAttached(gateway: GatewayEntry, line: InterceptLine, { topology, notes }: Context): boolean {
  let attached = true;
  for (const { value: network, place } of line.from) {
    if (gateway.nics.has(network) && topology.networks.get(network)?.external !== true) continue;
    attached = false;
    if (notes.doubtful.has(gateway.name) || notes.doubtful.has(network)) continue;
    const detail = gateway.nics.has(network)
      ? `Network ${network} is external: who comes from there is not the proxy's to serve.`
      : `Gateway ${gateway.name} has no NIC on ${network}, so nothing from there passes it.`;
    notes.report('intercept-impossible', place, detail, {
      hint: `name networks inside the gateway: ${listNames(innerNetworks(gateway, topology))}`,
    });
  }
  return attached;
}

function innerNetworks({ nics }: GatewayEntry, topology: Topology): readonly string[] {
  return [...nics.keys()].filter((network) => topology.networks.get(network)?.external !== true).sort();
}

function targetsOf(gateway: GatewayEntry, line: InterceptLine, context: Context): readonly Target[] | undefined {
  const targets = line.to.map((to) => reached(gateway, to, context));
  return targets.every((each) => each !== undefined) ? targets.flat() : undefined;
}

/** A guest has one in each family. */
function reached(
  gateway: GatewayEntry,
  { value, place }: Located<TargetRef>,
  { topology, subnets, addresses, notes }: Context,
): readonly Target[] | undefined {
  const { port } = value;
  if (value.guest === null) {
    const subnet = subnetSeenFrom(topology, subnets, gateway.nics.keys(), value.address);
    const owner = subnet === undefined ? undefined : addresses.ownerOf(subnet.realm, value.address);
    if (subnet !== undefined && gateway.nics.has(subnet.network) && owner?.kind !== 'gateway') {
      const guest = owner?.kind === 'guest' ? owner.name : null;
      return [{ guest, network: subnet.network, address: value.address, port }];
    }
  } else {
    const nics = [...(topology.guests.get(value.guest)?.nics.keys() ?? [])].filter((each) => gateway.nics.has(each));
    const all = nics
      .sort()
      .flatMap((network) => addresses.of(value.guest, network).map((each) => ({ ...each, network })));
    const found = ([4, 6] as const).flatMap((family): Target[] => {
      const own = all.find(({ address }) => familyOf(address) === family);
      return own === undefined ? [] : [{ guest: value.guest, network: own.network, address: own.address, port }];
    });
    if (found.length > 0) return found;
  }
  const name = value.guest ?? value.address;
  if (!notes.doubtful.has(name) && !notes.doubtful.has(gateway.name)) {
    notes.report(
      'intercept-impossible',
      place,
      `${name} has no address on a network of gateway ${gateway.name}; what keeps both its addresses is handed to a neighbour only.`,
      { hint: `give the proxy a NIC on ${innerNetworks(gateway, topology).join(' or ')}` },
    );
  }
  return undefined;
}

function isFirst(intercept: Intercept, made: readonly Intercept[], { notes }: Context): boolean {
  for (const other of made) {
    const network = intercept.from.find((each) => other.from.includes(each));
    const service = network === undefined ? undefined : commonPort(intercept.services, other.services);
    if (network === undefined || service === undefined) continue;
    notes.report(
      'intercept-twice',
      intercept.place,
      `${service} from ${network} is taken by \`${other.text}\` already; a connection is handed to one proxy only.`,
      { hint: 'name several proxies in one line, or other ports', related: [related(other.place, 'first taken here')] },
    );
    return false;
  }
  return true;
}

/** `80/tcp`, or the range that both have. */
function commonPort(left: readonly Service[], right: readonly Service[]): string | undefined {
  for (const protocol of ['tcp', 'udp'] as const) {
    for (const one of portsOf(left, protocol)) {
      for (const other of portsOf(right, protocol)) {
        const [first, last] = [Math.max(one.first, other.first), Math.min(one.last, other.last)];
        if (first <= last) return `${rangeText({ first, last })}/${protocol}`;
      }
    }
  }
  return undefined;
}
