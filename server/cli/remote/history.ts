/** `history` on a server. */
import type { RunEntry } from '../../api/schema/runs.ts';
import { historyReport, noSuchRun } from '../../run/reports/history.ts';
import type { Answer } from '../context.ts';
import type { HistoryOptions } from '../verb-options.ts';
import { requireNone } from './right-file.ts';
import { hasChanged, runsThere } from './runs.ts';
import type { There } from './server.ts';

export async function historyThere(there: There, name: string | undefined, options: HistoryOptions): Promise<Answer> {
  requireNone(
    '--attempts',
    options.attempts,
    'Its attempts are on the page of the server, for those who administer it.',
  );
  const { runs, broken } = await runsThere(there, options);
  // What was refused, or had nothing to change, is no run here either; by its name it is told of.
  if (name === undefined) return historyReport({ runs: runs.filter(hasChanged).map(runOf), broken });
  const found = runs.find(({ run }) => run === name);
  if (found === undefined) throw noSuchRun(name);
  const { entries, run } = await there.call('GET /api/runs/:run', { params: { run: name } });
  const isOpen = run.outcome === 'lapsed' || run.outcome === 'interrupted';
  return historyReport({
    ...{ runs: [runOf(run)], broken },
    one: { entries, hosts: isOpen ? null : [] },
    ...(isOpen ? { notes: [NOT_ASKED] } : {}),
  });
}

const NOT_ASKED =
  'hosts: a server does not ask the hosts of a run what became of it when its history is read; trunkline status does';

/** As it is here: the file as the server calls it, and besides what a server knows more. */
function runOf({
  name,
  lab: _lab,
  ...run
}: RunEntry): Omit<RunEntry, 'name' | 'lab'> & { readonly file: string | null } {
  return { ...run, file: name };
}
