/**
 * One packet through one stack: what the interface itself has on its way in (ingress), prerouting, the choice of its way, forward
 * or input, postrouting, and on its way out (egress); what the host sends itself through output, postrouting and egress. Every
 * base chain of every table, in the order of the hook's priorities, and between them what conntrack and NAT do of their own
 * (include/uapi/linux/netfilter_ipv4.h: conntrack at -200, destinations at -100, sources at 100).
 *
 * The answer is `unknown` where rules that are not understood decide; they come with it. Chains of one priority are taken in
 * the order of the listing, which the kernel need not share.
 */
import type { Locator, Ruleset } from '../rules/ruleset.ts';
import type { ChainOutcome } from './outcome.ts';
import { arrivesTracked, beforeConntrack, enterConntrack, isTracked } from './connection.ts';
import type { Connection } from './connection.ts';
import { chainsAt, hangsAnywhere, natChains, routeFields, translatesAt } from './hooks.ts';
import type { Hook, HookedChain } from './hooks.ts';
import { bind, translateFirst } from './nat.ts';
import type { Journey, Step } from './journey.ts';
import { sameEnd, sameSteps, whatIsSure } from './journey.ts';
import { SOME, withFields } from './packet.ts';
import type { Packet } from './packet.ts';
import type { Stack } from './stack.ts';

export type { Step } from './journey.ts';

export interface Judgement {
  /**
   * `forwarded`: it leaves by `device`. `local`: it is handed to the host's own sockets. `no-route`: the stack knows no way.
   * `unknown`: see `doubts`.
   */
  readonly verdict: 'forwarded' | 'local' | 'dropped' | 'rejected' | 'no-route' | 'unknown';
  /** The rule or policy that ends its way; `null` where it goes on, or where it may be one of several. */
  readonly by: Locator | null;
  /** As it leaves, or as it was when its way ended. */
  readonly packet: Packet;
  readonly device: string | null;
  /** One a base chain or translation, in order. */
  readonly steps: readonly Step[];
  /** Rules of which nobody can say whether they match, where they make a difference to the verdict or to which rules decide. */
  readonly doubts: readonly Locator[];
  /** What else is not known: a route, an address. */
  readonly notes: readonly string[];
}

/** Ways that a packet may take, before the question is called too complex. */
const MOST_JOURNEYS = 64;

export function judge(ruleset: Ruleset, stack: Stack, packet: Packet, connection: Connection): Judgement {
  const unread = ruleset.unknown.map(({ text, why }) => `${why}: ${text}`);
  const from: Journey = {
    packet: beforeConntrack(packet),
    connection,
    steps: [],
    doubts: [],
    notes: [],
    end: null,
    device: null,
  };
  const arrives = packet.get('iifname') !== '';
  const started = arrives
    ? through(ruleset, stack, 'prerouting', through(ruleset, stack, 'ingress', [from])).map((journey) =>
        route(stack, journey, arrives),
      )
    : through(ruleset, stack, 'output', [leavingBy(stack, from)]).map((journey) => route(stack, journey, arrives));
  const inside = [
    ...through(
      ruleset,
      stack,
      'input',
      started.filter(({ end, device }) => end === null && device === null),
    ).map((journey): Journey => (journey.end === null ? { ...journey, end: { verdict: 'local', by: null } } : journey)),
    ...through(
      ruleset,
      stack,
      'postrouting',
      arrives ? through(ruleset, stack, 'forward', started.filter(goesOn)) : started.filter(goesOn),
    )
      .flatMap((journey) => (journey.end === null ? through(ruleset, stack, 'egress', [journey]) : [journey]))
      .map((journey): Journey =>
        journey.end === null ? { ...journey, end: { verdict: 'forwarded', by: null } } : journey,
      ),
  ];
  const judgement = together([...started.filter(({ end }) => end !== null), ...inside]);
  return unread.length === 0 ? judgement : { ...judgement, verdict: 'unknown', notes: [...unread, ...judgement.notes] };
}

function goesOn({ end, device }: Journey): boolean {
  return end === null && device !== null;
}

function leavingBy(stack: Stack, journey: Journey): Journey {
  const way = stack.route(journey.packet);
  const device = way.type === 'out' ? way.device : way.type === 'local' ? 'lo' : '';
  return { ...journey, packet: withFields(journey.packet, [['oifname', device]]) };
}

function route(stack: Stack, journey: Journey, arrives: boolean): Journey {
  if (journey.end !== null) return journey;
  const way = stack.route(journey.packet);
  switch (way.type) {
    case 'out':
      return { ...journey, device: way.device, packet: withFields(journey.packet, [['oifname', way.device]]) };
    case 'local':
      return arrives ? journey : { ...journey, device: 'lo' };
    case 'none':
      return { ...journey, end: { verdict: 'no-route', by: null }, notes: [...journey.notes, way.why] };
    case 'unknown':
      return { ...journey, end: { verdict: 'unknown', by: null }, notes: [...journey.notes, way.why] };
  }
}

/** All chains of a hook, and what the kernel does between them. */
function through(ruleset: Ruleset, stack: Stack, hook: Hook, journeys: readonly Journey[]): readonly Journey[] {
  if (journeys.length === 0) return [];
  const [first] = journeys;
  if (first === undefined) return [];
  const chains = chainsAt(ruleset, hook, first.packet);
  const nat = natChains(ruleset, hook, first.packet);
  const events: { readonly at: number; run(journey: Journey): readonly Journey[] }[] = chains.map((chain) => ({
    at: chain.base.priority,
    run: (journey) => follow(journey, hook, chain),
  }));
  if (arrivesTracked(hook))
    events.push({
      at: -199.5,
      run: (journey) => [{ ...journey, packet: enterConntrack(journey.packet, journey.connection) }],
    });
  const natAt = translatesAt(hook);
  if (natAt !== null) events.push({ at: natAt, run: (journey) => translate(ruleset, stack, hook, nat, journey) });
  let live = journeys.map((journey) => withRoutes(ruleset, stack, journey));
  for (const event of events.toSorted((a, b) => a.at - b.at)) {
    live = live.flatMap((journey) => (journey.end === null ? event.run(journey) : [journey]));
    if (live.length > MOST_JOURNEYS) return live.slice(0, MOST_JOURNEYS).map(tooComplex);
  }
  return live;
}

function tooComplex(journey: Journey): Journey {
  const note = 'the rules leave too many ways open to follow them all';
  return { ...journey, end: { verdict: 'unknown', by: null }, notes: [...journey.notes, note] };
}

function follow(journey: Journey, hook: Hook, hooked: HookedChain): readonly Journey[] {
  const { table, chain, base } = hooked;
  const outcomes = hooked.run(journey.packet);
  const perhaps = hangsAnywhere(base);
  const deciders = outcomes.map(({ by }) => by);
  const around = perhaps ? [{ ...journey, doubts: joined(journey.doubts, deciders) }] : [];
  const inside = outcomes.map((outcome): Journey => {
    const { verdict, by, packet, doubts, untracked } = outcome;
    const step: Step = { hook, table: table.name, family: table.family, chain: chain.name, verdict, by, packet };
    const next: Journey = {
      ...journey,
      packet,
      connection: untracked ? { state: 'untracked' } : journey.connection,
      steps: [...journey.steps, step],
      doubts: joined(journey.doubts, perhaps ? [...doubts, by] : doubts),
    };
    return verdict === 'accept' ? next : { ...next, end: { verdict: endOf(verdict), by } };
  });
  return [...inside, ...around];
}

function endOf(verdict: Exclude<ChainOutcome['verdict'], 'accept'>): 'dropped' | 'rejected' | 'unknown' {
  return verdict === 'drop' ? 'dropped' : verdict === 'reject' ? 'rejected' : 'unknown';
}

/** Only the first packet of a flow sees the chains; the others get what was decided for it. */
function translate(
  ruleset: Ruleset,
  stack: Stack,
  hook: Hook,
  chains: readonly HookedChain[],
  journey: Journey,
): readonly Journey[] {
  const { connection } = journey;
  if (!isTracked(connection)) return [journey];
  if ('bound' in connection) return [withRoutes(ruleset, stack, bind(hook, connection.bound, journey))];
  return translateFirst(stack, hook, chains, journey, follow).map((each) => withRoutes(ruleset, stack, each));
}

/** What the routing tables say of the packet as it is now, where the stack knows them. */
function withRoutes(ruleset: Ruleset, stack: Stack, journey: Journey): Journey {
  const fields = routeFields(ruleset);
  if (stack.fib === undefined || fields.length === 0) return journey;
  const values = fields.map((field) => [field, stack.fib?.(field, journey.packet) ?? SOME] as const);
  return { ...journey, packet: withFields(journey.packet, values) };
}

function joined(one: readonly Locator[], other: readonly Locator[]): readonly Locator[] {
  return other.length === 0 ? one : [...new Set([...one, ...other])];
}

/** One answer where all ways end alike, else `unknown`. Where different rules end them, none of them can be named. */
function together(journeys: readonly Journey[]): Judgement {
  const [first, ...others] = journeys;
  if (first?.end == null) throw new TypeError('a packet whose way has no end');
  const { packet, device, steps, end } = first;
  const notes = [...new Set(journeys.flatMap((each) => each.notes))];
  const doubts = [...new Set(journeys.flatMap((each) => each.doubts))];
  if (!others.every((each) => sameEnd(first, each)))
    return { verdict: 'unknown', by: null, packet: whatIsSure(journeys), device, steps, doubts, notes };
  const sameRule = others.every((each) => each.end?.by === end.by);
  const differs = end.verdict === 'unknown' || !others.every((each) => sameSteps(first, each));
  return {
    verdict: end.verdict,
    by: sameRule ? end.by : null,
    packet,
    device,
    steps,
    doubts: differs ? doubts : [],
    notes,
  };
}
