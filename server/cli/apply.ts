import { readFile, stat } from 'node:fs/promises';
import { Failure } from '../core/failure.ts';
import type { Plan, ShownPlan } from '../flow/plan.ts';
import type { RunResult } from '../flow/run.ts';
import { KINDS } from '../kinds/index.ts';
import { showPlan } from '../plan/document.ts';
import { isSavedPlanText, readSavedPlan } from '../plan/saved.ts';
import { planText } from '../plan/text.ts';
import { desiredStates, planModel, runContext } from '../run/apply.ts';
import type { RunContext } from '../run/context.ts';
import { refuseCuts } from '../run/own-path.ts';
import { applyPlan, applyUnseen, refuseObstacles } from '../run/plans.ts';
import { agree, ALLOW_CUT, CONFIRM_WITHIN, consentOf } from './agree.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { parseDuration } from './duration.ts';
import { changingHosts, isWatched, showingHosts, takesManyHosts } from './many-hosts.ts';
import { accessOf, chosenHosts, connectionsFor, hostNames, modelOf } from '../operator/hosts.ts';
import { logFor } from './run-log.ts';
import { accessOfSaved, connectionsByAccess } from '../operator/access.ts';
import { displacedLines, displacedWithout } from '../run/placement.ts';
import { runReport } from '../run/reports/run.ts';
import { withWhereabouts } from '../run/whereabouts.ts';
import { withModelAndHere } from './here.ts';
import { hereOrThere, takesServer } from './remote/where.ts';
import { takesWithout } from './without.ts';
import { takesTopology } from './topology-argument.ts';
import type { ApplyOptions } from './verb-options.ts';

export const declareApply: DeclareVerb = (command, answer) => {
  takesManyHosts(takesWithout(takesServer(takesTopology(command, '[FILE|PLAN]'))))
    .option('--yes', 'do not ask')
    .option('--host <host>', 'only this host')
    .option('--confirm-within <time>', CONFIRM_WITHIN, parseDuration)
    .option('--allow-cut', ALLOW_CUT)
    .option('--discard-unknown', 'lose what others put into things of ours and no undo could bring back')
    .option('--adopt', 'take over what is there already and was not made by Trunkline, as the plan shows')
    .option('--lab', "change the running lab's hosts")
    .action(
      answer((context: CliContext, file: string | undefined, options: ApplyOptions) =>
        hereOrThere(
          options,
          () => apply(context, file, options),
          async (there) => (await import('./remote/apply.ts')).applyThere(there, context, file, options),
        ),
      ),
    );
};

async function apply(context: CliContext, file: string | undefined, options: ApplyOptions): Promise<Answer> {
  const saved = file === undefined || file === '-' ? undefined : await savedPlan(file);
  if (saved !== undefined) {
    if (options.set !== undefined)
      throw new Failure('usage', 'A saved plan takes no --set', {
        detail: 'Its parameters had their values when it was made.',
      });
    if (options.without !== undefined)
      throw new Failure('usage', 'A saved plan takes no --without', {
        detail: 'It was made for the hosts that it names.',
      });
    const access = accessOfSaved(saved, options);
    const connectionOf = await connectionsByAccess(saved.topology, access, options);
    const log = await logFor(context, saved.topology, options, { access });
    const result = await showingHosts(changingHosts(saved), context, (show) =>
      applyPlan(saved, { kinds: KINDS, connectionOf, log, ...show }, consentOf(options)),
    );
    return runReport(result, options);
  }
  return withModelAndHere(file, options, options.yes === true, async (written, _diagnostics, through) => {
    const connectionOf = through(written, await connectionsFor(written, options));
    const here = await withWhereabouts(written, connectionOf, options.without);
    if (options.without !== undefined)
      for (const line of displacedLines(displacedWithout(here, options.without))) context.progress(line);
    const model = modelOf(here, options);
    const hosts = hostNames(model, options);
    const access = accessOf(chosenHosts(model, options), options);
    const log = await logFor(context, model.topology, options, { file, access });
    const run = runContext(model, connectionOf, { log });
    // Who has agreed to whatever it is, and does not look at hosts one by one, needs no plan from before the lock.
    const unseen = options.yes === true && (hosts.length < 2 || !isWatched(context));
    const result = unseen
      ? await showingHosts(hosts, context, (show) =>
          applyUnseen(desiredStates(model, hosts), { ...run, ...show }, consentOf(options)),
        )
      : await applySeen(context, options, await planModel(model, connectionOf, { hosts, ...counting(context) }), run);
    if (options.lab === true) {
      const { openLab, reattach } = await import('../lab/index.ts');
      await reattach(model, await openLab(model.topology));
    }
    return runReport(result, options);
  });
}

async function applySeen(context: CliContext, options: ApplyOptions, plan: Plan, run: RunContext): Promise<RunResult> {
  refuseObstacles(plan, consentOf(options));
  refuseCuts(plan.hosts, consentOf(options));
  if (plan.hosts.some((host) => host.steps.length > 0))
    await agree(context, options, planText(plan, { summary: true }));
  return showingHosts(changingHosts(plan), context, (show) =>
    applyPlan(showPlan(plan), { ...run, ...show }, consentOf(options)),
  );
}

function counting({ count }: CliContext): Pick<RunContext, 'count'> {
  return count === undefined ? {} : { count };
}

/** `undefined` where the file is no saved plan: then it is read as a topology, which also says why it cannot be read. */
async function savedPlan(file: string): Promise<ShownPlan | undefined> {
  const about = await stat(file).catch(() => undefined);
  if (about?.isFile() !== true) return undefined;
  const text = await readFile(file, 'utf8').catch(() => '');
  return isSavedPlanText(text) ? readSavedPlan(file, text, KINDS) : undefined;
}
