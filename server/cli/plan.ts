import { writeFile } from 'node:fs/promises';
import { planDocument } from '../plan/document.ts';
import { planModel } from '../run/apply.ts';
import { displacedWithout, placementOf } from '../run/placement.ts';
import { planReport } from '../run/reports/plan.ts';
import { withWhereabouts } from '../run/whereabouts.ts';
import { trafficOf } from '../run/traffic.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { forgottenBy } from '../operator/forgotten.ts';
import { accessOf, chosenHosts, hostNames, modelOf, readingConnectionsFor } from '../operator/hosts.ts';
import { withModelAndHere } from './here.ts';
import { hereOrThere, takesServer } from './remote/where.ts';
import { takesWithout } from './without.ts';
import { takesTopology } from './topology-argument.ts';
import type { PlanOptions } from './verb-options.ts';

export const declarePlan: DeclareVerb = (command, answer) => {
  takesWithout(takesServer(takesTopology(command)))
    .option('-o, --output <plan>', 'save the plan, for apply')
    .option('--host <host>', 'only this host')
    .option('--summary', 'only what changes, without commands')
    .option('--detailed-exitcode', 'exit with 2 where there is something to change')
    .option('--lab', "plan the running lab's hosts")
    .action(
      answer((context: CliContext, file: string | undefined, options: PlanOptions) =>
        hereOrThere(
          options,
          () => makePlanAnswer(context, file, options),
          async (there) => (await import('./remote/plan.ts')).planThere(there, file, options),
        ),
      ),
    );
};

function makePlanAnswer(context: CliContext, file: string | undefined, options: PlanOptions): Promise<Answer> {
  return withModelAndHere(file, options, false, async (written, _diagnostics, through) => {
    const connectionOf = through(written, await readingConnectionsFor(written, options));
    const here = await withWhereabouts(written, connectionOf, options.without);
    const model = modelOf(here, options);
    // What history knows is looked up while the hosts are read.
    const [plan, forgotten] = await Promise.all([
      planModel(model, connectionOf, { hosts: hostNames(model, options) }),
      forgottenBy(model, options),
    ]);
    const document = {
      ...planDocument(plan, trafficOf(model, plan)),
      forgotten,
      placement: {
        ...placementOf(here),
        displaced: options.without === undefined ? null : displacedWithout(here, options.without),
      },
      access: accessOf(chosenHosts(model, options), options),
    };
    if (options.output !== undefined) {
      await writeFile(options.output, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
      context.progress(`saved to ${options.output}`);
    }
    return planReport(document, options);
  });
}
