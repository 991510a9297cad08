import { failureDocument, Failure } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import type { Entry } from '../store/history.ts';
import { recordedRuns } from '../store/runs.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { historyPlaces, runLine, withHistory } from './find-run.ts';
import type { RunOptions } from './found-run.ts';

export const declareHistory: DeclareVerb = (command, answer) => {
  command
    .argument('[RUN]', 'all that is known of this run, with its plan')
    .option('--lab', 'the runs on the hosts of running labs')
    .option('--json', 'print one JSON document')
    .action(answer((_context: CliContext, run: string | undefined, options: RunOptions) => showHistory(run, options)));
};

async function showHistory(run: string | undefined, options: RunOptions): Promise<Answer> {
  const broken: string[] = [];
  const runs: Awaited<ReturnType<typeof recordedRuns>>[number][] = [];
  const entries: Entry[] = [];
  for (const place of await historyPlaces(options)) {
    await withHistory(place, undefined, async (history) => {
      const number = await history.brokenAt();
      if (number !== null)
        broken.push(`${place.path}: entry ${String(number)} does not follow from the one before it.`);
      runs.push(...(await recordedRuns(history, new Date(), run)));
      if (run !== undefined) entries.push(...(await history.entries(run)));
    });
  }
  if (run !== undefined && runs.length === 0)
    throw new Failure('usage', `There is no run ${JSON.stringify(run)} in the history`);
  const document = run === undefined ? { runs } : { runs, entries };
  const lines = [...runs.map(runLine), ...entries.map(entryLine)].map(visibleText);
  const text = lines.length === 0 ? 'No run was made from here yet.' : lines.join('\n');
  if (broken.length === 0) return { document, text, exitCode: 0 };
  const failure = new Failure('history', 'The history was changed by somebody other than Trunkline', {
    detail: broken.join('\n'),
    toDo: ['Do not rely on that entry or on any behind it.'],
  });
  return { document, text, failure: failureDocument(failure), exitCode: 1 };
}

function entryLine({ at, who, event }: Entry): string {
  return `  ${at}  ${event}  ${who}`;
}
