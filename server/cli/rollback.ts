import { showPlan } from '../plan/document.ts';
import { planText } from '../plan/text.ts';
import type { RunContext } from '../run/context.ts';
import { applyPlan, makePlan } from '../run/plans.ts';
import { keptOn, statesBefore } from '../run/state-before.ts';
import { rollbackRun } from '../run/window.ts';
import { keptByRuns } from '../store/standing.ts';
import { agree, CONFIRM_WITHIN } from './agree.ts';
import { contextOf, logOf } from './confirm.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { parseDuration } from './duration.ts';
import { withHistory } from '../operator/places.ts';
import { hereOrThere, takesServer } from './remote/where.ts';
import { findRun } from './find-run.ts';
import type { FoundRun } from '../operator/found-run.ts';
import { backReport, undoneReport } from '../run/reports/run.ts';
import type { RollbackOptions } from './verb-options.ts';

export const declareRollback: DeclareVerb = (command, answer) => {
  takesServer(command)
    .argument('[RUN]', 'the run to undo; the only one that waits or broke off where left out, else the last one')
    .option('--lab', 'a run on the hosts of a running lab')
    .option('--json', 'print one JSON document')
    .option('--yes', 'do not ask, where the run was kept and its hosts are changed back')
    .option('--confirm-within <time>', CONFIRM_WITHIN, parseDuration)
    .action(
      answer((context: CliContext, run: string | undefined, options: RollbackOptions) =>
        hereOrThere(
          options,
          () => rollback(context, run, options),
          async (there) => (await import('./remote/ends.ts')).rollbackThere(there, context, run, options),
        ),
      ),
    );
};

async function rollback(context: CliContext, name: string | undefined, options: RollbackOptions): Promise<Answer> {
  const found = await findRun(name, options, ['pending', 'lapsed', 'interrupted'], ['applied', 'confirmed']);
  const run = await contextOf(found, options);
  const kept = await keptOn({ topology: found.topology, hosts: Object.keys(found.hosts) }, run);
  const isKept =
    found.outcome === 'applied' ||
    found.outcome === 'confirmed' ||
    [...kept.values()].some((states) => states.some((each) => each.run === found.run));
  if (isKept) return rollbackKept(context, found, kept, { ...run, progress: context.progress }, options);
  return rollbackOpen(context, found, run, options);
}

/** As any other change: planned anew against what is there now, shown, applied, verified, and armed where it can cut its path. */
async function rollbackKept(
  context: CliContext,
  found: FoundRun,
  kept: Awaited<ReturnType<typeof keptOn>>,
  run: RunContext,
  options: RollbackOptions,
): Promise<Answer> {
  const recorded = await withHistory(found.place, [], (history) => keptByRuns(history, new Date()));
  const states = statesBefore(
    { run: found.run, topology: found.topology, hosts: Object.keys(found.hosts) },
    kept,
    recorded.filter(({ topology }) => topology === found.topology),
  );
  const plan = await makePlan(states, run);
  if (plan.hosts.some((host) => host.steps.length > 0))
    await agree(context, options, planText(plan, { summary: true }));
  const { confirmWithin } = options;
  const result = await applyPlan(
    showPlan(plan),
    { ...run, log: logOf(found, context) },
    confirmWithin === undefined ? {} : { confirmWithinS: confirmWithin },
  );
  return backReport(found.run, result, options);
}

async function rollbackOpen(
  context: CliContext,
  found: FoundRun,
  reach: RunContext,
  options: RollbackOptions,
): Promise<Answer> {
  const { run, topology } = found;
  const hosts = await rollbackRun(run, Object.keys(found.hosts), reach);
  const problems = hosts.flatMap(({ host, problems: lines }) => lines.map((line) => `${host}: ${line}`));
  const judged = hosts.filter(({ flows }) => flows !== undefined);
  await logOf(
    found,
    context,
  )({
    ...{ type: 'undone', run, hosts: Object.keys(found.hosts), problems },
    ...(judged.length === 0 ? {} : { flows: Object.fromEntries(judged.map(({ host, flows = [] }) => [host, flows])) }),
  });
  return undoneReport({ run, topology, hosts }, options);
}
