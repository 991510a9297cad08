import { driftOf } from '../plan/document.ts';
import type { Drift } from '../plan/document.ts';
import { planModel, runContext } from '../run/apply.ts';
import { describeRun, openRuns } from '../run/pending.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { hostNames, readingConnectionsFor } from './hosts.ts';
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
    const names = hostNames(model, options);
    const plan = await planModel(model, connectionOf, { hosts: names });
    const open = await openRuns(names, runContext(model, connectionOf));
    const hosts = plan.hosts.map((host) => ({
      host: host.host,
      run: open.get(host.host) ?? null,
      unchanged: host.unchanged,
      drift: driftOf(host).map(({ resource, field, expected, found }) => ({ resource, field, expected, found })),
      foreign: host.obstacles.map(({ resource, detail }) => ({ resource, detail })),
    }));
    const differs = hosts.some((host) => host.drift.length + host.foreign.length > 0);
    const text = hosts.flatMap(({ host, run, unchanged, drift, foreign }) => [
      `${host}: ${String(unchanged)} as wanted, ${String(drift.length)} not, ${String(foreign.length)} foreign in the way`,
      ...(run === null ? [] : [`  ${describeRun(run)}`]),
      ...drift.map((each) => `  ${driftLine({ host, ...each })}`),
      ...foreign.map((each) => `  ! ${each.resource}: ${each.detail}`),
    ]);
    const notes = ['compared with the file: no confirmed state is kept on hosts by this version'];
    return { document: { topology: model.topology, hosts, notes }, text: text.join('\n'), exitCode: differs ? 2 : 0 };
  });
}

function driftLine({ resource, field, expected, found }: Drift): string {
  if (field === 'present')
    return expected === true ? `${resource} is missing` : `${resource} is ours and not in the file`;
  return `${resource} ${field}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
}
