/** Which run is meant where none is named. */
import { Failure } from '../core/failure.ts';
import { runLine } from '../run/reports/history.ts';
import type { ShownRun } from '../run/reports/history.ts';

/**
 * The only one, in the order in which they were made, whose outcome is among `open`; `undefined`: there is none.
 * Throws `usage` where there are several.
 * @param placeOf of its history: hosts of different labs may have one name.
 */
export function onlyOpen<R extends ShownRun>(
  runs: readonly R[],
  open: readonly string[],
  placeOf: (run: R) => string,
): R | undefined {
  const candidates = lastOnTheirHosts(runs, placeOf).filter(({ outcome }) => open.includes(outcome));
  if (candidates.length > 1) throw new Failure('usage', 'Which run?', { detail: candidates.map(runLine).join('\n') });
  return candidates[0];
}

/** A host has one run at a time: a later one on all of its hosts means that an earlier one is over, whatever was told of it. */
function lastOnTheirHosts<R extends ShownRun>(runs: readonly R[], placeOf: (run: R) => string): readonly R[] {
  const keys = (run: R): readonly string[] =>
    Object.entries(run.hosts).map(([host, access]) => `${placeOf(run)} ${access.startsWith('ssh://') ? access : host}`);
  const last = new Map(runs.flatMap((run) => keys(run).map((key) => [key, run] as const)));
  return runs.filter((run) => keys(run).some((key) => last.get(key) === run));
}

export function noneWaits(): Failure {
  return new Failure('pending', 'No run waits here', {
    detail: 'trunkline history lists all runs that were made from here.',
  });
}
