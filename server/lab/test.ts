/**
 * Real packets for every expectation: each probe is sent from its node and judged by what came back, who answered, and what
 * the node it was meant for has seen. Comes in: a model and its running lab. Goes out: a result for each probe.
 */
import type { Model } from '../flow/model.ts';
import type { Probe, ProbePlan } from '../flow/probe.ts';
import { probePlan } from '../model/probes.ts';
import { openAgents } from './agents.ts';
import type { Agents } from './agents.ts';
import { labFaults, withoutHost } from './fault/fail.ts';
import { withFaultNotes } from './fault/notes.ts';
import { faultText, shownFault } from './fault/record.ts';
import { forcedWays } from './forced.ts';
import { attachGuests, checkAttached } from './guests.ts';
import { attachInternet, internetShape, shapeInternet } from './internet.ts';
import { judgeProbe, ProbeOutcome } from './judge.ts';
import type { Lab } from './lab.ts';
import { holdingLab } from './lock.ts';
import type { LabTestResult, ProbeResult } from './result.ts';
import { makeTemporary, removeTemporary } from './temporary.ts';
import { addWitnesses } from './witness.ts';
import { readSightings, startWatching, stopWatching } from './watchers.ts';

export interface LabTestOptions {
  readonly progress?: (line: string) => void;
  /** What to send, where it is not what the model's expectations come down to. */
  readonly plan?: ProbePlan;
}

/** Neighbours have to be found first, and a busy machine is slow: an `allow` may take its time, and is sent again. */
const ALLOW_MS = 3000;
/** Denials come after all that is allowed, when every way is warm: what gets through arrives within a millisecond. */
const DENY_MS = 400;
/** At the same time from one node; its agent has room for twice as many. */
const AT_ONCE = 200;

export async function labTest(model: Model, lab: Lab, options: LabTestOptions = {}): Promise<LabTestResult> {
  const plan = options.plan ?? probePlan(model);
  const { results, faults } = await holdingLab(lab.topology, lab.folder, async () => {
    const faults = await labFaults(lab);
    if (faults.length > 0) options.progress?.(`broken meanwhile: ${faults.map(faultText).join(', ')}`);
    await attachGuests(model, lab);
    await checkAttached(model, lab);
    await attachInternet(model, plan.internet, lab);
    const larger = await makeTemporary(model, plan.temporary, lab);
    try {
      const sent = await sendAll(model, larger, plan, options.progress ?? (() => undefined));
      const all = options.plan === undefined ? [...unsendable(model, plan), ...sent] : sent;
      return { results: withFaultNotes(all, faults), faults };
    } finally {
      await removeTemporary(plan.temporary, lab);
    }
  });
  const passed = results.filter((result) => result.passed).length;
  return {
    formatVersion: 1,
    topology: model.topology,
    faults: faults.map(shownFault),
    results,
    passed,
    failed: results.length - passed,
  };
}

/** An expectation that no packet can be sent for is not met: nothing has shown that it holds. */
function unsendable(model: Model, { probes }: ProbePlan): readonly ProbeResult[] {
  const sent = new Set(probes.map((probe) => probe.expectation.id));
  return model.expectations
    .filter(({ id }) => !sent.has(id))
    .map(({ text, verdict }) => ({
      expectation: text,
      from: '-',
      to: '-',
      want: verdict,
      got: 'error',
      passed: false,
      answeredBy: null,
      sourceSeen: null,
      note: 'no packet can be sent for it: its ends have no address family in common, or nobody is there to send',
    }));
}

async function sendAll(
  model: Model,
  lab: Lab,
  plan: ProbePlan,
  progress: (line: string) => void,
): Promise<readonly ProbeResult[]> {
  const { probes } = plan;
  const agents = openAgents(lab);
  const ways = forcedWays(probes);
  const shape = internetShape(model, plan.internet);
  const allowed = probes.filter((probe) => probe.want === 'allow');
  const denied = probes.filter((probe) => probe.want === 'deny');
  try {
    await shapeInternet(lab, ways.extend(shape));
    const opened = await openListeners(probes, agents);
    const watched = await startWatching(model, probes, agents);
    const outcomes = new Map<Probe, ProbeOutcome>();
    progress(`${String(allowed.length)} probes that must be answered, ${String(denied.length)} that must not arrive`);
    for (const lost of [null, ...lostHosts(probes)]) {
      const send = async (): Promise<void> => {
        for (const round of [allowed, denied]) {
          const now = round.filter(({ without }) => without === lost);
          await sendRound(now, agents, ways.markOf, outcomes);
        }
      };
      if (lost === null) await send();
      else {
        progress(`without ${lost}`);
        await withoutHost(model, lab, lost, send);
      }
    }
    const sightings = await readSightings(watched, agents);
    await stopWatching(watched, agents);
    await closeListeners(opened, agents);
    return addWitnesses(
      probes,
      probes.map((probe) => judgeProbe(probe, outcomeOf(outcomes, probe), sightings)),
    );
  } finally {
    await agents.close();
    await shapeInternet(lab, shape);
  }
}

/** In order of name. */
function lostHosts(probes: readonly Probe[]): readonly string[] {
  return [...new Set(probes.flatMap(({ without }) => without ?? []))].sort();
}

function outcomeOf(outcomes: ReadonlyMap<Probe, ProbeOutcome>, probe: Probe): ProbeOutcome {
  return outcomes.get(probe) ?? { outcome: 'error', keys: [], answer: '', reason: 'it was not sent' };
}

/** By sender, so many at a time; all senders at once. */
async function sendRound(
  probes: readonly Probe[],
  agents: Agents,
  markOf: (probe: Probe) => number,
  outcomes: Map<Probe, ProbeOutcome>,
): Promise<void> {
  const queues = new Map<string, Probe[]>();
  for (const probe of probes) {
    const { agent } = agents.placeOf(probe.from.node);
    queues.set(agent, [...(queues.get(agent) ?? []), probe]);
  }
  const senders = [...queues].map(async ([name, queue]) => {
    const agent = await agents.of(name);
    const send = async (): Promise<void> => {
      for (let probe = queue.shift(); probe !== undefined; probe = queue.shift()) {
        const answer = await agent.ask(...probeWords(probe, agents.placeOf(probe.from.node).scope, markOf(probe)));
        outcomes.set(
          probe,
          answer.error === undefined
            ? ProbeOutcome.parse(answer)
            : { outcome: 'error', keys: [], answer: '', reason: answer.error },
        );
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, queue.length) }, send));
  });
  await Promise.all(senders);
}

function probeWords(probe: Probe, scope: string, mark: number): readonly string[] {
  const [time, again] = probe.want === 'allow' ? [ALLOW_MS, '1'] : [DENY_MS, '0'];
  return [
    'probe',
    scope,
    probe.protocol,
    probe.from.address,
    probe.to.address,
    String(probe.port ?? 0),
    String(mark),
    String(time),
    again,
  ];
}

interface OpenedListener {
  readonly agent: string;
  readonly words: readonly string[];
}

/** Declared listeners stay; the others are closed after the test. Where a program of the user's listens already, it stays. */
async function openListeners(probes: readonly Probe[], agents: Agents): Promise<readonly OpenedListener[]> {
  const opened = new Map<string, OpenedListener>();
  for (const { target, protocol, listener } of probes) {
    if (target === null || target.port === null || protocol === 'icmp' || listener === 'none') continue;
    const { agent, scope } = agents.placeOf(target.node);
    const words = [scope, protocol, String(target.port), String(target.port)];
    const key = [agent, ...words].join(' ');
    if (opened.has(key)) continue;
    const answer = await (await agents.of(agent)).ask('listen', scope, target.node, ...words.slice(1));
    const isNew = answer['opened'] === 1 && listener === 'temporary';
    opened.set(key, { agent, words: isNew ? words : [] });
  }
  return [...opened.values()].filter((each) => each.words.length > 0);
}

async function closeListeners(opened: readonly OpenedListener[], agents: Agents): Promise<void> {
  for (const { agent, words } of opened) await (await agents.of(agent)).ask('unlisten', ...words);
}
