import { Failure } from '../core/failure.ts';
import { recordedRuns } from '../store/runs.ts';
import type { Outcome, RecordedRun } from '../store/runs.ts';
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
  const candidates = lastOnTheirHosts(runs).filter(({ outcome }) => open.includes(outcome));
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  if (only !== undefined) throw new Failure('usage', 'Which run?', { detail: candidates.map(runLine).join('\n') });
  const here = await describeOpenRun(undefined, options);
  if (here !== undefined) return here;
  const last = runs.findLast(({ outcome }) => orLast.includes(outcome));
  if (last !== undefined) return last;
  throw new Failure('pending', 'No run waits here', {
    detail: 'trunkline history lists all runs that were made from here.',
  });
}

/** A host has one run at a time: a later one on all of its hosts means that an earlier one is over, whatever was told of it. */
function lastOnTheirHosts(runs: readonly FoundRun[]): readonly FoundRun[] {
  const last = new Map(runs.flatMap((run) => hostKeys(run).map((key) => [key, run] as const)));
  return runs.filter((run) => hostKeys(run).some((key) => last.get(key) === run));
}

function hostKeys({ hosts, place }: FoundRun): readonly string[] {
  return Object.entries(hosts).map(([host, access]) => `${place.path} ${access.startsWith('ssh://') ? access : host}`);
}

export function runLine({ run, topology, who, started, hosts, outcome, until }: RecordedRun): string {
  const when =
    until === null
      ? ''
      : outcome === 'lapsed'
        ? ` (not confirmed from here by ${until}: undone by its hosts, unless somebody kept it there: trunkline history RUN asks them)`
        : ` until ${until}`;
  return `${run}  ${topology}  ${outcome}${when}  ${Object.keys(hosts).join(', ')}  ${who}  ${started}`;
}
