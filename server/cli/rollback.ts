import { rollbackRun } from '../run/window.ts';
import type { WindowResult } from '../run/window.ts';
import { contextOf, logOf } from './confirm.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { findRun } from './find-run.ts';
import type { RunOptions } from './found-run.ts';

export const declareRollback: DeclareVerb = (command, answer) => {
  command
    .argument('[RUN]', 'the run to undo; the only one that waits or broke off where left out')
    .option('--lab', 'a run on the hosts of a running lab')
    .option('--json', 'print one JSON document')
    .action(
      answer((context: CliContext, run: string | undefined, options: RunOptions) => rollback(context, run, options)),
    );
};

async function rollback(context: CliContext, name: string | undefined, options: RunOptions): Promise<Answer> {
  const found = await findRun(name, options, ['pending', 'lapsed', 'interrupted']);
  const { run, topology } = found;
  const hosts = await rollbackRun(run, Object.keys(found.hosts), await contextOf(found, options));
  const problems = hosts.flatMap(({ host, problems: lines }) => lines.map((line) => `${host}: ${line}`));
  await logOf(found, context)({ type: 'undone', run, hosts: Object.keys(found.hosts), problems });
  return {
    document: { run, topology, hosts },
    text: [...hosts.map(hostLine), `Run ${run} is undone.`, ...(options.lab === true ? [PLUG_AGAIN] : [])].join('\n'),
    exitCode: problems.length === 0 ? 0 : 1,
  };
}

/** An end that was made anew lies on its host, and not in its guest. */
const PLUG_AGAIN = 'Guests of the lab whose ends were made anew are plugged in again by: trunkline lab up FILE';

function hostLine({ host, problems }: WindowResult): string {
  const lines = problems.map((line) => `\n  ! ${line}`).join('');
  return problems.length === 0 ? `${host}: undone` : `${host}: undone, but for what failed:${lines}`;
}
