/**
 * Real packets for every expectation: each probe is sent from its node and judged by what came back, who answered, and what
 * the node it was meant for has seen. Comes in: a model and its running lab. Goes out: a result for each probe.
 */
import type { Model } from '../flow/model.ts';
import type { Probe, ProbePlan } from '../flow/probe.ts';
import { probePlan } from '../model/probes.ts';
import { openAgents } from './agents.ts';
import type { Count } from '../core/count.ts';
import { labFaults } from './fault/fail.ts';
import { withFaultNotes } from './fault/notes.ts';
import { faultText, shownFault } from './fault/record.ts';
import { forcedWays } from './forced.ts';
import { attachGuests, refuseUnattached } from './guests.ts';
import { attachInternet, internetShape, shapeInternet } from './internet.ts';
import { judgeProbe } from './judge.ts';
import type { ProbeOutcome } from './judge.ts';
import type { Lab } from './lab.ts';
import { closeListeners, openListeners } from './listeners.ts';
import { holdingLab } from './lock.ts';
import { withRefuge } from './refuge.ts';
import type { LabTestResult, ProbeResult } from './result.ts';
import { countLostPackets, forgetNeighbours, neighbourRoom } from './kernel-tables.ts';
import { sendRound } from './rounds.ts';
import type { RoundOptions } from './rounds.ts';
import { makeTemporary, removeTemporary } from './temporary.ts';
import { settledAddresses } from './settled.ts';
import { addWitnesses } from './witness.ts';
import { wavesOf } from './waves.ts';
import { readSightings, startWatching, stopWatching } from './watchers.ts';

export interface LabTestOptions {
  readonly progress?: (line: string) => void;
  readonly count?: Count;
  /** What to send, where it is not what the model's expectations come down to. */
  readonly plan?: ProbePlan;
}

export async function labTest(model: Model, lab: Lab, options: LabTestOptions = {}): Promise<LabTestResult> {
  const plan = options.plan ?? probePlan(model);
  const { results, faults } = await holdingLab(lab.topology, lab.folder, async () => {
    const faults = await labFaults(lab);
    if (faults.length > 0) options.progress?.(`broken meanwhile: ${faults.map(faultText).join(', ')}`);
    refuseUnattached(await attachGuests(model, lab));
    await attachInternet(model, plan.internet, lab);
    const larger = await makeTemporary(model, plan.temporary, lab);
    try {
      const sent = await sendAll(model, larger, plan, options);
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
  { progress, count }: LabTestOptions,
): Promise<readonly ProbeResult[]> {
  const { probes } = plan;
  const agents = openAgents(lab);
  const ways = forcedWays(probes);
  const shape = internetShape(model, plan.internet);
  const ended = new Set<Probe>();
  const round: RoundOptions = {
    agents,
    markOf: ways.markOf,
    countLost: () => countLostPackets(lab),
    makeRoom: () => forgetNeighbours(model, agents),
    onEnded: (probe) => count?.('probes', ended.add(probe).size, probes.length),
  };
  try {
    await shapeInternet(lab, ways.extend(shape));
    await settledAddresses(model, lab, probes);
    const opened = await openListeners(probes, agents);
    const watched = await startWatching(model, probes, agents);
    const outcomes = new Map<Probe, ProbeOutcome>();
    progress?.(sizeText(probes));
    const room = await neighbourRoom(lab);
    for (const lost of [null, ...lostHosts(probes)]) {
      const now = probes.filter(({ without }) => without === lost);
      const send = async (): Promise<void> => {
        for (const { allowed, denied } of wavesOf(model, { ...plan, probes: now }, room)) {
          await forgetNeighbours(model, agents);
          for (const part of [allowed, denied])
            for (const [probe, outcome] of await sendRound(part, round)) outcomes.set(probe, outcome);
        }
      };
      if (lost === null) await send();
      else {
        progress?.(`without ${lost}`);
        await withRefuge(model, lab, { host: lost, internet: plan.internet }, send);
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

function sizeText(probes: readonly Probe[]): string {
  const denied = probes.filter((probe) => probe.want === 'deny').length;
  return `${String(probes.length - denied)} probes that must be answered, ${String(denied)} that must not arrive`;
}

/** In order of name. */
function lostHosts(probes: readonly Probe[]): readonly string[] {
  return [...new Set(probes.flatMap(({ without }) => without ?? []))].sort();
}

function outcomeOf(outcomes: ReadonlyMap<Probe, ProbeOutcome>, probe: Probe): ProbeOutcome {
  return outcomes.get(probe) ?? { outcome: 'error', keys: [], answer: '', reason: 'it was not sent' };
}
