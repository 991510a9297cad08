import { writeFile } from 'node:fs/promises';
import { planDocument } from '../plan/document.ts';
import { planText } from '../plan/text.ts';
import { planModel } from '../run/apply.ts';
import { trafficOf } from '../run/traffic.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { forgottenBy, forgottenLines } from '../operator/forgotten.ts';
import { accessOf, chosenHosts, hostNames, readingConnectionsFor } from '../operator/hosts.ts';
import { withModelAndHere } from './here.ts';
import { takesTopology } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';
import { trafficLines } from './traffic-text.ts';

interface PlanOptions extends CommonOptions {
  readonly output?: string;
  readonly summary?: boolean;
  readonly detailedExitcode?: boolean;
}

export const declarePlan: DeclareVerb = (command, answer) => {
  takesTopology(command)
    .option('-o, --output <plan>', 'save the plan, for apply')
    .option('--host <host>', 'only this host')
    .option('--summary', 'only what changes, without commands')
    .option('--detailed-exitcode', 'exit with 2 where there is something to change')
    .option('--lab', "plan the running lab's hosts")
    .action(
      answer((context: CliContext, file: string | undefined, options: PlanOptions) =>
        makePlanAnswer(context, file, options),
      ),
    );
};

function makePlanAnswer(context: CliContext, file: string | undefined, options: PlanOptions): Promise<Answer> {
  return withModelAndHere(file, options, false, async (model, _diagnostics, through) => {
    const connectionOf = through(model, await readingConnectionsFor(model, options));
    // What history knows is looked up while the hosts are read.
    const [plan, forgotten] = await Promise.all([
      planModel(model, connectionOf, { hosts: hostNames(model, options) }),
      forgottenBy(model, options),
    ]);
    const reachability = trafficOf(model, plan);
    const document = {
      ...planDocument(plan, reachability),
      forgotten,
      access: accessOf(chosenHosts(model, options), options),
    };
    if (options.output !== undefined) {
      await writeFile(options.output, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
      context.progress(`saved to ${options.output}`);
    }
    const blocked = plan.hosts.some((host) => host.obstacles.some(({ sort }) => sort !== 'adoptable'));
    const changes = plan.hosts.some((host) => host.steps.length > 0);
    return {
      document,
      text: [
        planText(plan, { summary: options.summary === true, traffic: trafficLines(reachability, changes) }).trimEnd(),
        ...forgottenLines(forgotten),
        '',
      ].join('\n'),
      exitCode: blocked ? 1 : changes && options.detailedExitcode === true ? 2 : 0,
    };
  });
}
