import { desiredStates, runContext } from '../run/apply.ts';
import { statusReport } from '../run/reports/status.ts';
import { statusOf } from '../run/status.ts';
import { withWhereabouts } from '../run/whereabouts.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { forgottenBy } from '../operator/forgotten.ts';
import { hostNames, readingConnectionsFor } from '../operator/hosts.ts';
import { hereOrThere, takesServer } from './remote/where.ts';
import { takesTopology, withModel } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';

export const declareStatus: DeclareVerb = (command, answer) => {
  takesServer(takesTopology(command))
    .option('--host <host>', 'only this host')
    .option('--lab', "look at the running lab's hosts")
    .action(
      answer((_context: CliContext, file: string | undefined, options: CommonOptions) =>
        hereOrThere(
          options,
          () => status(file, options),
          async (there) => (await import('./remote/status.ts')).statusThere(there, file, options),
        ),
      ),
    );
};

function status(file: string | undefined, options: CommonOptions): Promise<Answer> {
  return withModel(file, options, async (written) => {
    const connectionOf = await readingConnectionsFor(written, options);
    const model = await withWhereabouts(written, connectionOf);
    const context = runContext(model, connectionOf);
    const hosts = await Promise.all(
      desiredStates(model, hostNames(model, options)).map((each) => statusOf(each, context)),
    );
    return statusReport({ topology: model.topology, hosts, forgotten: await forgottenBy(model, options) });
  });
}
