import { failureDocument, Failure } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import type { Entry } from '../store/history.ts';
import { endsOfRun } from '../run/window.ts';
import type { HostEnd } from '../run/window.ts';
import type { CutOff } from '../store/head.ts';
import { recordedRuns } from '../store/runs.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { contextOf, logOf } from './confirm.ts';
import { historyPlaces, withHistory } from '../operator/places.ts';
import { runLine } from './find-run.ts';
import type { RunOptions } from '../operator/found-run.ts';

export const declareHistory: DeclareVerb = (command, answer) => {
  command
    .argument('[RUN]', 'all that is known of this run, with its plan')
    .option('--attempts', 'who tried what at the server of this machine, signing in included')
    .option('--lab', 'the runs on the hosts of running labs')
    .option('--json', 'print one JSON document')
    .action(
      answer(
        async (context: CliContext, run: string | undefined, options: RunOptions & { readonly attempts?: true }) =>
          options.attempts === true
            ? (await import('./attempts.ts')).showAttempts()
            : showHistory(context, run, options),
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
  if (run !== undefined && runs.length === 0)
    throw new Failure('usage', `There is no run ${JSON.stringify(run)} in the history`);
  const document = run === undefined ? { runs } : { runs, entries, hosts: ends };
  const lines = [...runs.map(runLine), ...ends.map(endLine), ...entries.map(entryLine)].map(visibleText);
  const text = lines.length === 0 ? 'No run was made from here yet.' : lines.join('\n');
  if (broken.length === 0) return { document, text, exitCode: 0 };
  const failure = new Failure('history', 'The history was changed by somebody other than Trunkline', {
    detail: broken.join('\n'),
    toDo: ['Do not rely on that entry or on any behind it.'],
  });
  return { document, text, failure: failureDocument(failure), exitCode: 1 };
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

const ENDS: Readonly<Record<HostEnd['end'], string>> = {
  kept: 'has kept it',
  undone: 'has undone it',
  'being-undone': 'is undoing it',
  waits: 'has it still open',
  gone: 'knows nothing of it (a host that was started anew since has undone it, unless it was kept)',
  unknown: 'does not answer',
};

function endLine({ host, end }: HostEnd): string {
  return `  ${host} ${ENDS[end]}`;
}

function cutOffText({ from, to }: CutOff): string {
  return from === to
    ? `entry ${String(from)} was there, and is gone or another now.`
    : `entries ${String(from)} to ${String(to)} were there, and are gone.`;
}

function entryLine({ at, who, event }: Entry): string {
  return `  ${at}  ${event}  ${who}`;
}
