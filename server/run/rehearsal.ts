/** Stage: a model and hosts that are down → what of the promises of the file is lost with them, and what takes over. */
import { Failure } from '../core/failure.ts';
import type { Place } from '../core/place.ts';
import type { Model } from '../flow/model.ts';
import type { Probe, ProbePlan } from '../flow/probe.ts';
import type { World } from '../flow/world.ts';
import { modelWithout } from '../model/placement/elsewhere.ts';
import { probePlan } from '../model/probes.ts';
import type { ProbeJudgement } from '../reach/expectations.ts';
import { judgeProbes } from '../reach/expectations.ts';
import type { Promised } from './promises.ts';
import { promisesOf } from './promises.ts';
import type { GatewayLeft, GuestLeft, NetworkLeft, Pair } from './left.ts';
import { gatewaysLeft, guestsLeft, networksLeft } from './left.ts';
import type { Displaced } from './placement.ts';
import { displacedWithout } from './placement.ts';
import { compareNames } from './policy-words.ts';
import { wantedWorld } from './worlds.ts';

export interface PromiseLeft {
  readonly kind: Promised['kind'];
  readonly text: string;
  readonly place: Place;
  /** `before`: it does not hold with all hosts up, either. */
  readonly outcome: 'kept' | 'degraded' | 'lost' | 'unknown' | 'before';
  readonly promised: boolean;
  readonly probes: number;
  readonly failing: number;
  readonly endDown: number;
  readonly example: Example | null;
}

export interface Example {
  readonly from: string;
  readonly to: string;
  readonly service: string;
  readonly why: string;
}

export interface Rehearsal {
  readonly hosts: readonly string[];
  readonly promises: readonly PromiseLeft[];
  readonly gateways: readonly GatewayLeft[];
  readonly guests: readonly GuestLeft[];
  readonly networks: readonly NetworkLeft[];
  readonly displaced: Displaced;
  readonly notes: readonly string[];
}

/** What is the same whatever is down: what is asked, and how it is with all hosts up. */
export interface Rehearsed {
  readonly model: Model;
  readonly promises: readonly Promised[];
  readonly plan: ProbePlan;
  readonly world: World;
  readonly before: readonly ProbeJudgement[];
  readonly notes: readonly string[];
}

/** Packets that are asked of each promise. */
const MOST_PROBES = 200;

export function prepareRehearsal(model: Model): Rehearsed {
  const promises = promisesOf(model);
  // Its id says which promise a probe is of: the same line of policy may be an expectation as well.
  const expectations = promises.map(({ asked }, at) => ({ ...asked, id: String(at) }));
  const whole = probePlan({ ...model, expectations });
  const byPromise = [...Map.groupBy(whole.probes, ({ expectation }) => expectation.id).values()];
  const plan = { ...whole, probes: byPromise.flatMap((probes) => some(probes, MOST_PROBES)) };
  const cut = byPromise.filter((probes) => probes.length > MOST_PROBES).length;
  const world = wantedWorld(model, { plan });
  return {
    ...{ model, promises, plan, world, before: judgeProbes(plan.probes, () => world) },
    notes:
      cut === 0
        ? []
        : [
            `${String(cut)} ${cut === 1 ? 'line speaks' : 'lines speak'} of so many ends that some of their packets stand for the others`,
          ],
  };
}

/** Spread over all of the list. */
function some<T>(list: readonly T[], most: number): readonly T[] {
  const each = Math.ceil(list.length / most);
  return list.filter((_, at) => at % each === 0);
}

/**
 * Throws `usage` where a host is not known.
 * @param rewired whether the networks of those who are started elsewhere follow, which takes as long as to compile the file
 */
export function rehearse(rehearsed: Rehearsed, hosts: readonly string[], rewired = true): Rehearsal {
  const { model, promises, plan, before, notes } = rehearsed;
  const unknown = hosts.find((name) => !model.hosts.has(name));
  if (unknown !== undefined)
    throw new Failure('usage', `No host ${JSON.stringify(unknown)} in ${model.topology}`, {
      detail: `It has: ${[...model.hosts.keys()].join(', ')}.`,
    });
  const down = new Set(hosts);
  const displaced = displacedWithout(model, hosts);
  const without = rewired ? modelWithout(model, hosts) : model;
  const world = wantedWorld(without, { plan, without: hosts });
  const after = judgeProbes(plan.probes, () => world).map((each) => whoIsGone(each, { down, world }));
  const pairs = after.map((now, at): Pair => ({ now, was: before[at] ?? now }));
  const byPromise = Map.groupBy(pairs, ({ now }) => now.probe.expectation.id);
  return {
    hosts: [...down],
    promises: promises.map((each, at) => promiseLeft(each, byPromise.get(String(at)) ?? [], { down, world })),
    gateways: gatewaysLeft(model, without, { before: rehearsed.world, now: world, down }),
    guests: guestsLeft(model, { down, pairs, displaced }),
    networks: networksLeft(without, world, down),
    ...{ displaced, notes },
  };
}

/** From or to somebody who is down nothing gets: what is wanted is lost, and what must not be is not. */
function whoIsGone(judged: ProbeJudgement, { world }: Now): ProbeJudgement {
  const gone = endDown(judged.probe, world);
  if (gone === null) return judged;
  const isLost = judged.probe.want === 'allow';
  return { ...judged, outcome: isLost ? 'failed' : 'met', why: isLost ? `${gone} is down with its host` : null };
}

interface Now {
  readonly down: ReadonlySet<string>;
  readonly world: World;
}

function promiseLeft(
  { kind, text, place, evenWithout }: Promised,
  pairs: readonly Pair[],
  { down, world }: Now,
): PromiseLeft {
  const held = pairs.filter(({ was }) => was.outcome === 'met');
  const failing = held.filter(({ now }) => now.outcome === 'failed');
  const unsure = held.some(({ now }) => now.outcome === 'unknown');
  const outcome =
    held.length === 0
      ? 'before'
      : failing.length === held.length
        ? 'lost'
        : failing.length > 0
          ? 'degraded'
          : unsure
            ? 'unknown'
            : 'kept';
  const ended = failing.filter(({ now }) => endDown(now.probe, world) !== null);
  // What is cut off tells more than who is down himself.
  const shown = failing.find((each) => !ended.includes(each)) ?? failing[0];
  return {
    ...{ kind, text, place, outcome, promised: evenWithout.some((host) => down.has(host)) },
    ...{ probes: held.length, failing: failing.length, endDown: ended.length },
    example: shown === undefined ? null : exampleOf(shown.now),
  };
}

/** The end that is down; `null`: both are up. */
function endDown({ from, to, target }: Probe, { nodes }: World): string | null {
  const ends = [from.node, target?.node ?? to.node];
  return ends.find((end) => end !== null && !nodes.has(end)) ?? null;
}

function exampleOf({ probe, why }: ProbeJudgement): Example {
  const { from, to, protocol, port } = probe;
  return {
    from: from.node === 'internet' ? 'internet' : from.address,
    to: to.address,
    service: port === null ? protocol : `${String(port)}/${protocol}`,
    why: why ?? '',
  };
}

/** Each host alone, then each pair. */
export function worstLosses(rehearsed: Rehearsed): Worst {
  const names = [...rehearsed.model.hosts.keys()].sort(compareNames);
  const hosts: Loss[] = [];
  const alone = new Map<string, Rehearsal>();
  const notes: string[] = [];
  const rewired = names.length * rehearsed.model.guests.size <= MOST_REWIRED;
  if (!rewired && [...rehearsed.model.guests.values()].some(({ protection }) => protection !== 'none'))
    notes.push('Of so many hosts and guests, those who are started elsewhere count as lost here');
  for (const name of names.slice(0, MOST_HOSTS)) {
    const found = rehearse(rehearsed, [name], rewired);
    alone.set(name, found);
    hosts.push(lossOf(found, []));
  }
  if (names.length > MOST_HOSTS)
    notes.push(`Of ${String(names.length)} hosts the first ${String(MOST_HOSTS)} were tried`);
  const pairs: Loss[] = [];
  if (names.length > MOST_PAIRED) notes.push(`Pairs are tried where there are at most ${String(MOST_PAIRED)} hosts`);
  else
    for (const [at, one] of names.entries())
      for (const other of names.slice(at + 1)) {
        const singles = [alone.get(one), alone.get(other)].filter((each) => each !== undefined);
        pairs.push(lossOf(rehearse(rehearsed, [one, other], rewired), singles));
      }
  return { hosts: hosts.toSorted(byLoss), pairs: pairs.toSorted(byLoss).slice(0, PAIRS_TOLD), notes };
}

const MOST_HOSTS = 250;
const MOST_PAIRED = 12;
const MOST_REWIRED = 20_000;
const PAIRS_TOLD = 10;

export interface Loss {
  readonly hosts: readonly string[];
  readonly promises: number;
  readonly guests: number;
  readonly gateways: number;
  readonly together: number;
}

export interface Worst {
  readonly hosts: readonly Loss[];
  readonly pairs: readonly Loss[];
  readonly notes: readonly string[];
}

const isMissed = ({ outcome }: PromiseLeft): boolean => outcome === 'lost' || outcome === 'degraded';

function lossOf({ hosts, promises, guests, gateways }: Rehearsal, alone: readonly Rehearsal[]): Loss {
  const missed = promises.flatMap((each, at) => (isMissed(each) ? [at] : []));
  return {
    ...{ hosts, promises: missed.length, guests: guests.filter(({ state }) => state !== 'degraded').length },
    gateways: gateways.filter(({ state }) => state === 'lost').length,
    together:
      alone.length === 0
        ? 0
        : missed.filter((at) => isLost(promises, at) && !alone.some((each) => isLost(each.promises, at))).length,
  };
}

function isLost(promises: readonly PromiseLeft[], at: number): boolean {
  return promises[at]?.outcome === 'lost';
}

function byLoss(a: Loss, b: Loss): number {
  return b.promises - a.promises || b.together - a.together || b.gateways - a.gateways || b.guests - a.guests;
}
