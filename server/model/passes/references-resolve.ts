/**
 * In: the topology as written, and what each name is. Out: the same topology without the parts that refer to nothing, so that
 * every later pass may take a name for known. It may look at names only, never at what they stand for.
 */
import { nearest } from '../../core/nearest.ts';
import type { Place } from '../../core/place.ts';
import type {
  BridgeEntry,
  ExpectLine,
  GatewayEntry,
  GuestEntry,
  HostEntry,
  Located,
  NetworkEntry,
  PolicyLine,
  PublishLine,
  TargetRef,
  Topology,
} from '../../flow/topology.ts';
import { readEndpoint } from '../endpoints.ts';
import { isGlob, matchesGlob } from '../glob.ts';
import type { Notes } from '../report.ts';
import { PUBLISH_DOUBTFUL } from '../report.ts';
import type { NamedKind, Names } from './names-mean-one-thing.ts';

export function resolveReferences(topology: Topology, names: Names, notes: Notes): Topology {
  /** Whether the name is one of that kind; if not, says so. */
  const known = (name: string, kind: NamedKind, place: Place, where: string): boolean => {
    const members = listOf(topology, kind);
    if (members.has(name)) return true;
    if (topology.damaged.has(name)) return false;
    const other = names.byName.get(name);
    const guess = other === undefined ? nearest(name, members.keys()) : undefined;
    if (guess !== undefined) notes.meant.add(guess);
    const detail =
      other === undefined
        ? `There is no ${kind} called ${name}; ${where}.`
        : `${name} is a ${other.kind}, not a ${kind}; ${where}.`;
    notes.report('unknown-name', place, detail, { hint: hintFor(kind, guess, members) });
    return false;
  };

  const endpointKnown = (endpoint: Located<string>): boolean => {
    const form = readEndpoint(endpoint.value);
    if (form.type === 'glob') {
      if (names.matching(form.pattern).length > 0) return true;
      if ([...topology.damaged].some((name) => matchesGlob(form.pattern, name))) return false;
      notes.report(
        'glob-matches-nothing',
        endpoint.place,
        `No name matches ${form.pattern}, so it stands for nothing.`,
        {
          hint: 'correct the pattern, or remove it',
        },
      );
      return false;
    }
    if (form.type !== 'name' || names.byName.has(form.name)) return true;
    if (topology.damaged.has(form.name)) return false;
    const guess = nearest(form.name, [...names.byName.keys(), 'internet']);
    if (guess !== undefined) notes.meant.add(guess);
    notes.report(
      'unknown-name',
      endpoint.place,
      `Nothing is called ${form.name}; an end of a flow is a network, guest, gateway or host, a pattern, \`internet\`, an address or a prefix.`,
      { hint: guess === undefined ? undefined : `did you mean \`${guess}\`?` },
    );
    return false;
  };

  const network = (entry: NetworkEntry): NetworkEntry => {
    const { underlay } = entry;
    if (
      underlay === null ||
      known(underlay.value, 'network', underlay.place, 'an underlay is the network that carries the VXLAN packets')
    )
      return entry;
    notes.doubtful.add(entry.name);
    return { ...entry, underlay: null };
  };

  const bridge = (entry: BridgeEntry): BridgeEntry => {
    if (entry.networks === null) return entry;
    const networks = entry.networks.filter(({ value, place }) => {
      if (!isGlob(value)) return known(value, 'network', place, `a bridge lists the networks it carries`);
      if ([...topology.networks.keys(), ...topology.damaged].some((name) => matchesGlob(value, name))) return true;
      notes.report(
        'glob-matches-nothing',
        place,
        `No network matches ${value}, so bridge ${entry.name} carries nothing by it.`,
        {
          hint: 'correct the pattern, or remove it',
        },
      );
      return false;
    });
    return { ...entry, networks };
  };

  const nics = <T extends { readonly name: string; readonly place: Place }>(
    owner: string,
    of: ReadonlyMap<string, T>,
  ): Map<string, T> => {
    const kept = new Map<string, T>();
    for (const [name, nic] of of) {
      if (known(name, 'network', nic.place, `the keys of \`nics\` are networks`)) kept.set(name, nic);
      else notes.doubtful.add(owner);
    }
    return kept;
  };

  const host = (entry: HostEntry): HostEntry => ({
    ...entry,
    bridges: mapValues(entry.bridges, bridge),
    nics: nics(entry.name, entry.nics),
  });

  const homeOf = ({ name, on, free }: GuestEntry): Pick<GuestEntry, 'on' | 'free'> | null => {
    const why = `guest ${name} has to be on a host`;
    // A host of that name is meant where there is one.
    if (free?.hosts.length === 0 && !topology.hosts.has(on.value)) return { on, free };
    if (free === null || free.hosts.length === 0)
      return known(on.value, 'host', on.place, why) ? { on, free: null } : null;
    const hosts = free.hosts.filter((each) => known(each.value, 'host', each.place, why));
    if (hosts.length < free.hosts.length) notes.doubtful.add(name);
    return hosts[0] === undefined ? null : { on: { ...on, value: hosts[0].value }, free: { hosts } };
  };

  const guests = new Map<string, GuestEntry>();
  for (const [name, entry] of topology.guests) {
    const kept = { ...entry, nics: nics(name, entry.nics) };
    const home = homeOf(entry);
    if (home !== null) guests.set(name, { ...kept, ...home });
    else notes.doubtful.add(name);
  }

  const publish = (line: PublishLine): PublishLine | undefined => {
    const target = line.to.value;
    const from = line.from?.filter(endpointKnown) ?? null;
    const toKnown =
      target.guest === null || known(target.guest, 'guest', line.to.place, 'a published port leads to a guest');
    // A list of sources that lost all its members must not turn into "everybody".
    if (toKnown && (line.from === null || from?.length !== 0)) return { ...line, from };
    notes.doubtful.add(PUBLISH_DOUBTFUL);
    return undefined;
  };

  const targetsKnown = (targets: readonly Located<TargetRef>[], why: string): boolean =>
    !targets.map(({ value: { guest }, place }) => guest === null || known(guest, 'guest', place, why)).includes(false);

  const gateways = new Map<string, GatewayEntry>();
  for (const [name, entry] of topology.gateways) {
    const on = entry.on.filter((each) => known(each.value, 'host', each.place, `gateway ${name} runs on hosts`));
    if (on.length < entry.on.length) notes.doubtful.add(name);
    gateways.set(name, {
      ...entry,
      on,
      nics: nics(name, entry.nics),
      masquerade: entry.masquerade.filter(({ value, place }) => {
        const why = 'masquerade translates flows between two networks';
        const from = known(value.from, 'network', place, why);
        return known(value.to, 'network', place, why) && from;
      }),
      publish: entry.publish.flatMap((line) => publish(line) ?? []),
      balance: entry.balance.filter((line) => {
        if (targetsKnown(line.to, 'connections are spread over guests')) return true;
        notes.doubtful.add(PUBLISH_DOUBTFUL);
        return false;
      }),
      intercept: entry.intercept.filter((line) => {
        const why = 'connections are intercepted by the network that they come from';
        const from = line.from.map(({ value, place }) => known(value, 'network', place, why));
        return targetsKnown(line.to, 'a proxy is a guest') && !from.includes(false);
      }),
    });
  }

  const lostHosts = (lost: ExpectLine['evenWithout']): ExpectLine['evenWithout'] => {
    if (lost === null || lost.value === 'any') return lost;
    const why = '`even-without` names hosts that are down';
    const value = lost.value.filter((each) => known(each.value, 'host', each.place, why));
    return value.length === 0 ? null : { ...lost, value };
  };

  const withEnds = <T extends PolicyLine | ExpectLine>(line: T): T[] => {
    const from = line.from.filter(endpointKnown);
    const to = line.to.filter(endpointKnown);
    return from.length === 0 || to.length === 0 ? [] : [{ ...line, from, to }];
  };

  const expect = topology.expect.flatMap((written) => {
    const line = { ...written, evenWithout: lostHosts(written.evenWithout) };
    const { reaches } = line;
    if (
      reaches === null ||
      known(reaches.value.guest, 'guest', reaches.place, '`reaches` names the guest that must answer')
    )
      return withEnds(line);
    return withEnds({ ...line, reaches: null });
  });

  return {
    ...topology,
    networks: mapValues(topology.networks, network),
    hosts: mapValues(topology.hosts, host),
    guests,
    gateways,
    policy: topology.policy.flatMap((line) => withEnds(line)),
    expect,
  };
}

function listOf(topology: Topology, kind: NamedKind): ReadonlyMap<string, unknown> {
  const lists = {
    network: topology.networks,
    host: topology.hosts,
    guest: topology.guests,
    gateway: topology.gateways,
  };
  return lists[kind];
}

function hintFor(
  kind: NamedKind,
  guess: string | undefined,
  members: ReadonlyMap<string, unknown>,
): string | undefined {
  if (guess !== undefined) return `did you mean \`${guess}\`?`;
  if (members.size === 0) return `declare it under \`${kind}s:\``;
  if (members.size > 8) return undefined;
  return `known ${kind}s: ${[...members.keys()].sort().join(', ')}`;
}

function mapValues<T>(map: ReadonlyMap<string, T>, change: (value: T) => T): Map<string, T> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}
