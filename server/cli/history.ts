import type { Entry } from '../store/history.ts';
import { historyReport, noSuchRun } from '../run/reports/history.ts';
import { endsOfRun } from '../run/window.ts';
import type { HostEnd } from '../run/window.ts';
import type { CutOff } from '../store/head.ts';
import { recordedRuns } from '../store/runs.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { contextOf, logOf } from './confirm.ts';
import { historyPlaces, withHistory } from '../operator/places.ts';
import type { RunOptions } from '../operator/found-run.ts';
import { hereOrThere, takesServer } from './remote/where.ts';
import type { HistoryOptions } from './verb-options.ts';

export const declareHistory: DeclareVerb = (command, answer) => {
  takesServer(command)
    .argument('[RUN]', 'all that is known of this run, with its plan')
    .option('--attempts', 'who tried what at the server of this machine, signing in included')
    .option('--lab', 'the runs on the hosts of running labs')
    .option('--json', 'print one JSON document')
    .action(
      answer((context: CliContext, run: string | undefined, options: HistoryOptions) =>
        hereOrThere(
          options,
          async () =>
            options.attempts === true
              ? (await import('./attempts.ts')).showAttempts()
              : showHistory(context, run, options),
          async (there) => (await import('./remote/history.ts')).historyThere(there, run, options),
        ),
      ),
    );
};

async function showHistory(context: CliContext, run: string | undefined, options: RunOptions): Promise<Answer> {
  const ends = run === undefined ? [] : await askHosts(context, run, options);
  const broken: string[] = [];
  const runs: Awaited<ReturnType<typeof recordedRuns>>[number][] = [];
  const entries: Entry[] = [];
  for (const place of await historyPlaces(options)) {
    await withHistory(place, undefined, async (history) => {
      const number = await history.brokenAt();
      if (number !== null)
        broken.push(`${place.path}: entry ${String(number)} does not follow from the one before it.`);
      broken.push(...(await history.cutOff()).map((each) => `${place.path}: ${cutOffText(each)}`));
      runs.push(...(await recordedRuns(history, new Date(), run)));
      if (run !== undefined) entries.push(...(await history.entries(run)));
    });
  }
  if (run !== undefined && runs.length === 0) throw noSuchRun(run);
  return historyReport({ runs, broken, ...(run === undefined ? {} : { one: { entries, hosts: ends } }) });
}

/**
 * Of a run whose end nobody has told here, its hosts know more: one that was to be confirmed, and one that broke off. Where all of
 * them say the same, that is written down.
 */
async function askHosts(context: CliContext, name: string, options: RunOptions): Promise<readonly HostEnd[]> {
  for (const place of await historyPlaces(options)) {
    const [run] = await withHistory(place, [], (history) => recordedRuns(history, new Date(), name));
    if (run === undefined || (run.outcome !== 'lapsed' && run.outcome !== 'interrupted')) continue;
    const found = { ...run, place };
    const hosts = Object.keys(run.hosts);
    const ends = await endsOfRun(run, hosts, await contextOf(found, options));
    for (const [end, type] of [
      ['kept', 'confirmed'],
      ['undone', 'undone'],
    ] as const) {
      if (ends.length > 0 && ends.every((each) => each.end === end))
        await logOf(found, context)({ type, run: run.run, hosts, problems: [] });
    }
    return ends;
  }
  return [];
}

function cutOffText({ from, to }: CutOff): string {
  return from === to
    ? `entry ${String(from)} was there, and is gone or another now.`
    : `entries ${String(from)} to ${String(to)} were there, and are gone.`;
}
