import type { RunContext } from '../run/context.ts';
import { KINDS } from '../kinds/index.ts';
import { confirmRun } from '../run/window.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { findRun } from './find-run.ts';
import type { FoundRun, RunOptions } from '../operator/found-run.ts';
import { confirmedReport } from '../run/reports/run.ts';
import { hereOrThere, takesServer } from './remote/where.ts';
import type { ServerOption } from './remote/where.ts';
import { logTo } from '../operator/run-log.ts';
import { connectionsByAccess } from '../operator/access.ts';

export const declareConfirm: DeclareVerb = (command, answer) => {
  takesServer(command)
    .argument('[RUN]', 'the run to keep; the only one that waits where left out')
    .option('--lab', 'a run on the hosts of a running lab')
    .option('--json', 'print one JSON document')
    .action(
      answer((context: CliContext, run: string | undefined, options: RunOptions & ServerOption) =>
        hereOrThere(
          options,
          () => confirm(context, run, options),
          async (there) => (await import('./remote/ends.ts')).confirmThere(there, run, options),
        ),
      ),
    );
};

async function confirm(context: CliContext, name: string | undefined, options: RunOptions): Promise<Answer> {
  const found = await findRun(name, options, ['pending', 'lapsed']);
  const { run, topology } = found;
  const hosts = await confirmRun(run, Object.keys(found.hosts), await contextOf(found, options));
  const log = logOf(found, context);
  await log({ type: 'confirmed', run, hosts: Object.keys(found.hosts), problems: [] });
  return confirmedReport({ run, topology, hosts }, options);
}

/** How the hosts of a run are reached again. */
export async function contextOf({ topology, hosts }: FoundRun, options: RunOptions): Promise<RunContext> {
  return { kinds: KINDS, connectionOf: await connectionsByAccess(topology, hosts, options) };
}

export function logOf({ file, hosts, place }: FoundRun, { progress }: CliContext): ReturnType<typeof logTo> {
  return logTo({ file, accessOf: (host) => hosts[host] ?? 'local', labFolder: place.labFolder, progress });
}
