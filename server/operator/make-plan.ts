/** A topology of the folder, or a run to go back from → the plan of it, shown and kept. Reads the hosts, and changes nothing. */
import { createHash } from 'node:crypto';
import type { Plan as PlanAnswer } from '../api/schema/plan.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import { Failure } from '../core/failure.ts';
import type { Model } from '../flow/model.ts';
import type { Plan } from '../flow/plan.ts';
import type { DesiredState } from '../flow/resource.ts';
import { KINDS } from '../kinds/index.ts';
import { compileFile } from '../model/compile-file.ts';
import type { CompiledFile } from '../model/compile-file.ts';
import { graphDocument } from '../model/graph.ts';
import { planDocument, showPlan } from '../plan/document.ts';
import type { PlanDocument } from '../plan/document.ts';
import { planModel } from '../run/apply.ts';
import { makePlan } from '../run/plans.ts';
import type { Placement } from '../run/placement.ts';
import { placementOf } from '../run/placement.ts';
import type { Forgotten } from '../run/reports/forgotten.ts';
import { keptOn, statesBefore } from '../run/state-before.ts';
import { withWhereabouts } from '../run/whereabouts.ts';
import { trafficOf } from '../run/traffic.ts';
import { keptByRuns } from '../store/standing.ts';
import { topologyPath } from './files.ts';
import { forgottenBy } from './forgotten.ts';
import { accessOf, chosenHosts, readingConnectionsFor } from './hosts.ts';
import type { KeptPlan, KeptPlans } from './kept-plans.ts';
import { agreeTo } from './losses.ts';
import type { PlanAsked } from './operator.ts';
import { withHistory } from './places.ts';
import type { RunRecords } from './records.ts';
import { contextOfRun } from './records.ts';

/** A topology of the folder that is right. */
export interface Right {
  readonly path: string;
  readonly compiled: CompiledFile;
  readonly model: Model;
}

/** Throws `file-unreadable` where there is none of that name, `file-wrong` where it is wrong. */
export async function compileTopology(folder: string, name: string): Promise<Right> {
  const path = await topologyPath(folder, name);
  const compiled = await compileFile(path, { within: folder });
  const { model } = compiled;
  if (model !== null) return { path, compiled, model };
  throw new Failure('file-wrong', 'The file is wrong, so nothing can be made of it.', {
    detail: 'Its diagnostics say how.',
  });
}

/** What `trunkline plan` answers, kept. */
export async function planTopology(
  folder: string,
  name: string,
  asked: PlanAsked,
  plans: KeptPlans,
): Promise<PlanAnswer> {
  const { path, compiled, model: written } = await compileTopology(folder, name);
  const connectionOf = await readingConnectionsFor(written, asked);
  const model = await withWhereabouts(written, connectionOf);
  const hosts = chosenHosts(model, asked);
  const access = accessOf(hosts, asked);
  const [plan, forgotten] = await Promise.all([
    planModel(model, connectionOf, { hosts: hosts.map((host) => host.name) }),
    forgottenBy(model, asked),
  ]);
  const traffic = trafficOf(model, plan);
  const shown = showPlan(plan);
  const kept = plans.keep({
    ...{ name, lab: asked.lab, plan: shown, access, file: path, model, undoes: null },
    ...{ agree: agreeTo(plan, traffic), fingerprint: fingerprintOf(plan), graph: graphDocument(model) },
    files: compiled.sources.map(({ file, text }) => ({ name: inFolder(folder, file), text })),
  });
  return answerOf(plan, kept, {
    diagnostics: shownIn(folder, compiled.diagnostics),
    document: planDocument(plan, traffic),
    ...{ forgotten, placement: placementOf(model) },
  });
}

/** What going back from a kept run would change: to the states before it, or to those that it left. */
export async function planBack(
  records: RunRecords,
  run: string,
  to: 'before' | 'after',
  plans: KeptPlans,
): Promise<PlanAnswer> {
  const found = await records.find(run);
  const { topology, hosts, place } = found;
  const context = await contextOfRun(found);
  const recorded = await withHistory(place, [], (history) => keptByRuns(history, new Date()));
  const own = recorded.filter((each) => each.topology === topology);
  const kept = await keptOn({ topology, hosts: Object.keys(hosts) }, context);
  const states =
    to === 'before'
      ? statesBefore({ run, topology, hosts: Object.keys(hosts) }, kept, own)
      : statesAfter(run, topology, own);
  const plan = await makePlan(states, context);
  const { name, file } = await records.entry(run);
  const planned = plans.keep({
    ...{ name, lab: place.labFolder !== null, plan: showPlan(plan), access: hosts, file, model: null, undoes: run },
    ...{ agree: agreeTo(plan, null), fingerprint: fingerprintOf(plan), graph: null, files: null },
  });
  return answerOf(plan, planned, {
    diagnostics: [],
    document: planDocument(plan, null),
    forgotten: [],
    placement: null,
  });
}

interface Left {
  readonly run: string;
  readonly host: string;
  readonly desired: readonly unknown[];
}

function statesAfter(run: string, topology: string, left: readonly Left[]): readonly DesiredState[] {
  const own = left.filter((each) => each.run === run);
  if (own.length === 0)
    throw new Failure('pending', 'What this run left is not known', {
      detail: 'It was not kept, or its plan is not in the history.',
    });
  return own.map(({ host, desired }) => {
    const resources = desired.map((value) => {
      for (const { schema } of KINDS) {
        const parsed = schema.safeParse(value);
        if (parsed.success) return parsed.data;
      }
      throw new Failure('pending', 'What this run left is not known', {
        detail: `Another version of Trunkline made it, and this one does not know all that it left on ${host}.`,
      });
    });
    return { topology, host, resources: new Map(resources.map((each) => [each.id, each])) };
  });
}

/** All that is shown of it, commands included. */
function fingerprintOf(plan: Plan): string {
  return createHash('sha256')
    .update(JSON.stringify(showPlan(plan)))
    .digest('hex');
}

interface Shown {
  readonly diagnostics: readonly Diagnostic[];
  readonly document: PlanDocument;
  readonly forgotten: readonly Forgotten[];
  readonly placement: Placement | null;
}

function answerOf(plan: Plan, kept: KeptPlan, { diagnostics, document, forgotten, placement }: Shown): PlanAnswer {
  return {
    // The document of the command line, which the schema of the answer looks through again.
    ...document,
    ...{ formatVersion: 1, diagnostics, topology: plan.topology, hosts: kept.plan.hosts, summary: plan.summary },
    ...{ forgotten, placement, access: kept.access, plan: kept.id, keptUntil: new Date(kept.until).toISOString() },
    ...{ fingerprint: kept.fingerprint, lab: kept.lab, agree: kept.agree },
  };
}

/** Where in the folder it lies: nobody is told where the folder lies. */
export function inFolder(folder: string, path: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}

export function shownIn(folder: string, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.map((each) => ({
    ...each,
    file: inFolder(folder, each.file),
    related: each.related.map((other) => ({ ...other, file: inFolder(folder, other.file) })),
  }));
}
