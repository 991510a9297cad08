/**
 * In: the policy as written and the zones of its ends. Out: the policy as the kinds read it, and warnings of lines that change
 * nothing: an `allow` where no path is, a `deny` past which packets are switched without any gateway seeing them.
 *
 * A path from one network to another is a gateway with a NIC on both, or several that hand over to each other by `routes`.
 */
import { shortTag } from '../../core/hash.ts';
import { canonicalJson } from '../../core/json.ts';
import type { PolicyEntry, Zone } from '../../flow/model.ts';
import type { Located, PolicyLine, Topology } from '../../flow/topology.ts';
import { readEndpoint } from '../endpoints.ts';
import type { Notes } from '../report.ts';
import { byPlace, capital, compareText, listNames, related } from '../report.ts';
import { normalServices } from '../services.ts';
import type { Forwarding } from '../forwarding.ts';
import type { Paths } from '../paths.ts';
import { findPaths } from '../paths.ts';
import type { ZonesOf } from './endpoints-are-zones.ts';
import type { Names } from './names-mean-one-thing.ts';

const ID_LENGTH = 10;

export function settlePolicy(
  topology: Topology,
  names: Names,
  zonesOf: ZonesOf,
  forwarding: Forwarding,
  notes: Notes,
): readonly PolicyEntry[] {
  const paths = findPaths(topology, forwarding);
  const entries = new Map<string, PolicyEntry>();
  for (const line of [...topology.policy].sort((a, b) => byPlace(a.place, b.place))) {
    const id = `p-${shortTag(ID_LENGTH, 'policy', topology.name, contentOf(line))}`;
    const same = entries.get(id);
    if (same !== undefined) {
      notes.report('duplicate', line.place, `\`${line.text}\` stands there twice; the second changes nothing.`, {
        hint: 'remove one of the two',
        related: [related(same.place, 'first written here')],
      });
      continue;
    }
    for (const end of [...line.from, ...line.to]) warnWithoutAddress(end, topology, names, zonesOf, notes);
    warnWithoutEffect(line, names, zonesOf, paths, notes);
    const zones = (ends: readonly Located<string>[]): readonly Zone[] => zonesOf(...ends.map((end) => end.value));
    const { place, text, verdict, log, reject } = line;
    entries.set(id, {
      id,
      place,
      text,
      verdict,
      services: normalServices(line.services),
      from: zones(line.from),
      to: zones(line.to),
      log,
      reject,
    });
  }
  return [...entries.values()].sort((a, b) => compareText(a.id, b.id));
}

/** What the line says, whatever the order of its lists and the way it is written. */
function contentOf(line: PolicyLine): string {
  const ends = (list: readonly Located<string>[]): string[] =>
    [...new Set(list.map((end) => canonicalJson(readEndpoint(end.value))))].sort();
  const { verdict, log, reject } = line;
  return canonicalJson({
    verdict,
    log,
    reject,
    services: normalServices(line.services),
    from: ends(line.from),
    to: ends(line.to),
  });
}

function warnWithoutEffect(line: PolicyLine, names: Names, zonesOf: ZonesOf, paths: Paths, notes: Notes): void {
  const useless: string[] = [];
  const parting = new Set<string>();
  for (const from of line.from) {
    for (const to of line.to) {
      const pair = judge(from.value, to.value, names, zonesOf, paths);
      // Several names on both sides of one line mean the flows between them, not those of each with itself.
      if (from.value === to.value && line.from.length + line.to.length > 2) continue;
      if (pair === 'unknown') continue;
      const idle = line.verdict === 'allow' ? pair === 'none' : pair === 'switched' || pair === 'both';
      if (!idle) continue;
      useless.push(`${from.value} to ${to.value}`);
      for (const gateway of partedBy(zonesOf(from.value), zonesOf(to.value), paths)) parting.add(gateway);
    }
  }
  if (useless.length === 0) return;
  if (line.verdict === 'allow' && parting.size > 0) {
    reportParted(line, useless, [...parting].sort(), notes);
    return;
  }
  if (line.verdict === 'allow') {
    notes.report(
      'allow-without-path',
      line.place,
      `\`${line.text}\` opens nothing from ${listNames(useless, 3)}: no gateway has a NIC on both sides${paths.routed ? ', and no `routes` of gateways lead there and back' : ''}.`,
      {
        hint: paths.routed
          ? 'give a gateway NICs on both networks, write `routes` on every gateway between them, or remove the line'
          : 'give a gateway NICs on both networks, or remove the line',
      },
    );
    return;
  }
  notes.report(
    'deny-without-gateway',
    line.place,
    `\`${line.text}\` cannot stop packets from ${listNames(useless, 3)}: both are on one network, where packets are switched and pass no gateway.`,
    {
      hint: 'put them on different networks with a gateway between',
    },
  );
}

function partedBy(sources: readonly Zone[], targets: readonly Zone[], paths: Paths): readonly string[] {
  return sources.flatMap((source) => targets.flatMap((target) => paths.parted(source, target) ?? []));
}

function reportParted(line: PolicyLine, useless: readonly string[], gateways: readonly string[], notes: Notes): void {
  notes.report(
    'allow-without-path',
    line.place,
    `\`${line.text}\` opens nothing from ${listNames(useless, 3)}: they are in different realms, where the same addresses may mean others, and ${listNames(gateways.map((each) => `gateway ${each}`))} ${gateways.length === 1 ? 'translates' : 'translate'} nothing that way.`,
    {
      hint: 'add a `masquerade` or `one-to-one` that leads there, or publish the port, which needs no `allow`',
    },
  );
}

/** `judged`: a gateway sees the packets; `switched`: none does; `both`: there is a way of either sort. */
function judge(
  from: string,
  to: string,
  names: Names,
  zonesOf: ZonesOf,
  paths: Paths,
): 'judged' | 'switched' | 'both' | 'none' | 'unknown' {
  const [sources, targets] = [zonesOf(from), zonesOf(to)];
  if (sources.length === 0 || targets.length === 0) return 'unknown';
  // The gateway itself judges what arrives for it, and what it sends is its own affair.
  if (isGateway(from, names) || isGateway(to, names)) {
    return sources.some((source) =>
      targets.some((target) => source.network === target.network || paths.lead(source, target)),
    )
      ? 'judged'
      : 'none';
  }
  let judged = false;
  let switched = false;
  for (const source of sources) {
    for (const target of targets) {
      if (source.network === target.network && source.internet === target.internet) switched = true;
      else if (source.network === target.network || paths.lead(source, target)) judged = true;
    }
  }
  if (!switched) return judged ? 'judged' : 'none';
  if (!judged) return 'switched';
  // Of whole networks and patterns some pairs are always one network; of two single nodes the short cut is the point.
  return isNode(from, names) && isNode(to, names) ? 'both' : 'judged';
}

function isGateway(endpoint: string, names: Names): boolean {
  return names.byName.get(endpoint)?.kind === 'gateway';
}

function isNode(endpoint: string, names: Names): boolean {
  const kind = names.byName.get(endpoint)?.kind;
  return kind === 'guest' || kind === 'host';
}

function warnWithoutAddress(
  end: Located<string>,
  topology: Topology,
  names: Names,
  zonesOf: ZonesOf,
  notes: Notes,
): void {
  if (zonesOf(end.value).length > 0) return;
  const form = readEndpoint(end.value);
  const known = [...(form.type === 'name' ? [form.name] : []), ...topology.networks.keys()];
  if (known.some((name) => notes.doubtful.has(name))) return;
  const outside = form.type === 'internet' || form.type === 'address' || form.type === 'prefix';
  const named = form.type === 'name' ? names.byName.get(form.name) : undefined;
  notes.report(
    'endpoint-without-address',
    end.place,
    outside
      ? `\`${end.value}\` lies beyond an external network, and no network is \`external: true\`.`
      : `${named === undefined ? end.value : `${capital(named.kind)} ${named.name}`} has no address, so no packet comes from it or goes to it.`,
    {
      hint: outside
        ? 'mark the network that leads outside'
        : named?.kind === 'network'
          ? 'add a `subnet:`'
          : 'give it an address',
    },
  );
}
