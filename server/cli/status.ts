import { visibleText } from '../core/visible-text.ts';
import { desiredStates, runContext } from '../run/apply.ts';
import { describeRun } from '../run/pending.ts';
import { statusOf } from '../run/status.ts';
import type { FileChange, HostDrift, HostStatus } from '../run/status.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { forgottenBy, forgottenLines } from '../operator/forgotten.ts';
import { hostNames, readingConnectionsFor } from '../operator/hosts.ts';
import { takesTopology, withModel } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';

export const declareStatus: DeclareVerb = (command, answer) => {
  takesTopology(command)
    .option('--host <host>', 'only this host')
    .option('--lab', "look at the running lab's hosts")
    .action(answer((_context: CliContext, file: string | undefined, options: CommonOptions) => status(file, options)));
};

function status(file: string | undefined, options: CommonOptions): Promise<Answer> {
  return withModel(file, options, async (model) => {
    const connectionOf = await readingConnectionsFor(model, options);
    const context = runContext(model, connectionOf);
    const hosts = await Promise.all(
      desiredStates(model, hostNames(model, options)).map((each) => statusOf(each, context)),
    );
    const forgotten = await forgottenBy(model, options);
    const differs =
      hosts.some(({ drift, foreign, fileChanges }) => drift.length + foreign.length + fileChanges.length > 0) ||
      forgotten.some(({ topology }) => topology === model.topology);
    const document = { topology: model.topology, hosts, forgotten, notes: hosts.flatMap(({ notes }) => notes) };
    const text = [...hosts.flatMap(hostLines), ...forgottenLines(forgotten)].map(visibleText).join('\n');
    return { document, text, exitCode: differs ? 2 : 0 };
  });
}

function hostLines(status: HostStatus): readonly string[] {
  const { host, run, kept, unchanged, drift, foreign, fileChanges, undoneInPart, notes } = status;
  const as = kept === null ? 'wanted' : `kept in run ${kept.run}`;
  return [
    `${host}: ${String(unchanged)} as ${as}, ${String(drift.length)} not, ${String(foreign.length)} foreign in the way`,
    ...(run === null ? [] : [`  ${describeRun(run)}`]),
    ...(drift.length === 0 || kept === null ? [] : ['  changed on the host since:']),
    ...drift.map((each) => `  ${driftLine(each, kept === null ? 'in the file' : 'kept')}`),
    ...foreign.map((each) => `  ! ${each.resource}: ${each.detail}`),
    ...(fileChanges.length === 0 ? [] : ['  changed in the file since:']),
    ...fileChanges.map((each) => `  ${fileLine(each)}`),
    ...undoneInPart.flatMap((each) => [
      `  run ${each.run} was undone there, but for what failed:`,
      ...each.problems.map((line) => `    ! ${line}`),
    ]),
    ...notes.map((each) => `  (${each})`),
  ];
}

function driftLine({ resource, field, expected, found, by }: HostDrift, where: string): string {
  const who = by === null ? '' : ` (${by})`;
  if (field === 'present')
    return expected === true ? `${resource} is missing${who}` : `${resource} is ours and not ${where}${who}`;
  return `${resource} ${field}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}${who}`;
}

function fileLine({ resource, field, kept, wanted }: FileChange): string {
  if (field === 'present') return wanted === true ? `${resource} is new` : `${resource} is no longer in it`;
  return `${resource} ${field}: was ${JSON.stringify(kept)}, is ${JSON.stringify(wanted)}`;
}
