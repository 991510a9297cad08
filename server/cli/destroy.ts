import { Failure } from '../core/failure.ts';
import { KINDS } from '../kinds/index.ts';
import { showPlan } from '../plan/document.ts';
import { planText } from '../plan/text.ts';
import { emptyStates, runContext } from '../run/apply.ts';
import { accessName } from '../run/connections.ts';
import { refuseCuts } from '../run/own-path.ts';
import { applyPlan, makePlan } from '../run/plans.ts';
import type { RunContext } from '../run/context.ts';
import { agree, ALLOW_CUT, CONFIRM_WITHIN, consentOf } from './agree.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { parseDuration } from './duration.ts';
import { accessOf, chosenHosts, connectionsFor, hostNames } from '../operator/hosts.ts';
import { changingHosts, showingHosts, takesManyHosts } from './many-hosts.ts';
import type { ManyHostsOptions } from './many-hosts.ts';
import { runReport } from '../run/reports/run.ts';
import { logFor } from './run-log.ts';
import { parseAccess } from '../topology/grammar/access.ts';
import { connectionsByAccess } from '../operator/access.ts';
import { takesTopology, withModel } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';

interface DestroyOptions extends CommonOptions, ManyHostsOptions {
  readonly yes?: boolean;
  readonly topology?: string;
  readonly confirmWithin?: number;
  readonly allowCut?: boolean;
}

export const declareDestroy: DeclareVerb = (command, answer) => {
  takesManyHosts(takesTopology(command))
    .option('--yes', 'do not ask')
    .option('--confirm-within <time>', CONFIRM_WITHIN, parseDuration)
    .option('--allow-cut', ALLOW_CUT)
    .option('--topology <name>', 'without a file: what this topology made')
    .option('--host <host>', 'only this host; with --topology: how to reach it (local, ssh://root@gw-x)')
    .option('--lab', "destroy on the running lab's hosts")
    .action(
      answer((context: CliContext, file: string | undefined, options: DestroyOptions) =>
        destroy(context, file, options),
      ),
    );
};

function destroy(context: CliContext, file: string | undefined, options: DestroyOptions): Promise<Answer> {
  if (options.topology !== undefined) return destroyNamed(context, file, options.topology, options);
  return withModel(file, options, async (model) => {
    const run = runContext(model, await connectionsFor(model, options), {
      progress: context.progress,
      log: await logFor(context, model.topology, options, {
        file,
        access: accessOf(chosenHosts(model, options), options),
      }),
    });
    return destroyOn(context, options, model.topology, hostNames(model, options), run);
  });
}

async function destroyNamed(
  context: CliContext,
  file: string | undefined,
  topology: string,
  options: DestroyOptions,
): Promise<Answer> {
  if (file !== undefined) throw new Failure('usage', 'Either a file or --topology, not both');
  if (!/^[a-z][a-z0-9-]*$/.test(topology))
    throw new Failure('usage', `Not a name of a topology: ${JSON.stringify(topology)}`);
  if (options.host === undefined)
    throw new Failure('usage', '--topology needs --host', {
      detail: 'Say where: --host local, or --host ssh://root@gw-x.example.net.',
    });
  const written = hostWritten(options.host, options);
  const { host } = written;
  const access = { [host]: written.access };
  const connectionOf = await connectionsByAccess(topology, access, options);
  return destroyOn(context, options, topology, [host], {
    kinds: KINDS,
    connectionOf,
    progress: context.progress,
    log: await logFor(context, topology, options, { access }),
  });
}

/** What a host without a file is called, and how it is reached: in the lab by its name, else as it is written. */
function hostWritten(text: string, { lab }: DestroyOptions): { readonly host: string; readonly access: string } {
  if (lab === true) return { host: text, access: 'lab' };
  const read = parseAccess(text);
  if (!read.ok)
    throw new Failure('usage', `${JSON.stringify(text)} is no way to reach a host`, {
      detail: 'It is written like `access` in a topology: local, or ssh://root@gw-x.example.net.',
    });
  const host = read.value.type === 'local' ? text : read.value.host;
  return { host, access: accessName({ name: host, access: read.value }) };
}

async function destroyOn(
  context: CliContext,
  options: DestroyOptions,
  topology: string,
  hosts: readonly string[],
  run: RunContext,
): Promise<Answer> {
  const plan = await makePlan(emptyStates(topology, hosts), run);
  refuseCuts(plan.hosts, consentOf(options));
  if (plan.hosts.some((host) => host.steps.length > 0))
    await agree(context, options, planText(plan, { summary: true }));
  const result = await showingHosts(changingHosts(plan), context, (show) =>
    applyPlan(showPlan(plan), { ...run, ...show }, consentOf(options)),
  );
  return runReport(result, options);
}
