import { Failure } from '../core/failure.ts';
import { recordedRuns } from '../store/runs.ts';
import type { Outcome } from '../store/runs.ts';
import { noneWaits, onlyOpen } from '../operator/choose-run.ts';
import type { FoundRun, RunOptions } from '../operator/found-run.ts';
import { historyPlaces, withHistory } from '../operator/places.ts';
import { describeOpenRun } from './open-run.ts';

/**
 * The run of this name, or without one the only run whose outcome is among those that the verb can do something about; where
 * there is none, the last one with one of the other outcomes.
 */
export async function findRun(
  name: string | undefined,
  options: RunOptions,
  open: readonly Outcome[],
  orLast: readonly Outcome[] = [],
): Promise<FoundRun> {
  const runs: FoundRun[] = [];
  for (const place of await historyPlaces(options)) {
    const recorded = await withHistory(place, [], (history) => recordedRuns(history, new Date(), name));
    runs.push(...recorded.map((run) => ({ ...run, place })));
  }
  if (name !== undefined) {
    const named = runs.find(({ run }) => run === name) ?? (await describeOpenRun(name, options));
    if (named !== undefined) return named;
    throw new Failure('usage', `There is no run ${JSON.stringify(name)} in the history`, {
      detail: 'trunkline history lists the runs that were made from here; in a lab, trunkline history --lab.',
    });
  }
  const only = onlyOpen(runs, open, ({ place }) => place.path);
  if (only !== undefined) return only;
  const here = await describeOpenRun(undefined, options);
  if (here !== undefined) return here;
  const last = runs.findLast(({ outcome }) => orLast.includes(outcome));
  if (last !== undefined) return last;
  throw noneWaits();
}
