/** `confirm` and `rollback` on a server. */
import type { RunEnded } from '../../api/schema/runs.ts';
import { Failure } from '../../core/failure.ts';
import type { RunOptions } from '../../operator/found-run.ts';
import { backReport, confirmedReport, undoneReport } from '../../run/reports/run.ts';
import type { Answer, CliContext } from '../context.ts';
import type { RollbackOptions } from '../verb-options.ts';
import { agreed } from './apply.ts';
import { listenThere } from './events.ts';
import { followRun } from './follow.ts';
import { findRunThere } from './runs.ts';
import type { There } from './server.ts';

export async function confirmThere(there: There, name: string | undefined, options: RunOptions): Promise<Answer> {
  const { run } = await findRunThere(there, name, options, ['pending', 'lapsed']);
  const ended = await there.call('POST /api/runs/:run/confirm', { params: { run } });
  return confirmedReport(withHosts(ended), options);
}

export async function rollbackThere(
  there: There,
  context: CliContext,
  name: string | undefined,
  options: RollbackOptions,
): Promise<Answer> {
  const found = await findRunThere(
    there,
    name,
    options,
    ['pending', 'lapsed', 'interrupted'],
    ['applied', 'confirmed'],
  );
  const { run, outcome } = found;
  if (outcome === 'applied' || outcome === 'confirmed') return rollbackKept(there, context, run, options);
  try {
    return undoneReport(
      withHosts(await there.call('POST /api/runs/:run/rollback', { params: { run }, body: {} })),
      options,
    );
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'pending' || outcome !== 'lapsed') throw error;
    // Nobody told the server that somebody has kept it, which its hosts know.
    return rollbackKept(there, context, run, options);
  }
}

/** As any other change: planned anew against what is there now, shown, applied and verified. */
async function rollbackKept(
  there: There,
  context: CliContext,
  undoes: string,
  options: RollbackOptions,
): Promise<Answer> {
  await using listening = await listenThere(there);
  const params = { run: undoes };
  const plan = await there.call('POST /api/runs/:run/plan', { params, body: {} });
  const { confirmWithin } = options;
  const { run } = await there.call('POST /api/runs/:run/rollback', {
    params,
    body: {
      ...{ plan: plan.plan, ...(await agreed(context, options, plan)) },
      ...(confirmWithin === undefined ? {} : { confirmWithinS: confirmWithin }),
    },
  });
  const result = await followRun(there, listening, { run, plan }, context);
  return backReport(undoes, result, { lab: options.lab, server: there.said });
}

function withHosts({ run, topology, hosts }: RunEnded): RunEnded & { readonly hosts: NonNullable<RunEnded['hosts']> } {
  if (hosts !== null) return { formatVersion: 1, diagnostics: [], run, topology, undoes: null, hosts };
  throw new Failure('internal', 'The server has begun a run, and was asked to end one.');
}
