/** `apply` on a server: planned there, agreed to here, made there. */
import { readFile, stat } from 'node:fs/promises';
import type { Plan } from '../../api/schema/plan.ts';
import { Failure } from '../../core/failure.ts';
import { isSavedPlanText } from '../../plan/saved.ts';
import { planText } from '../../plan/text.ts';
import { refuseCuts } from '../../run/own-path.ts';
import { refuseObstacles } from '../../run/plans.ts';
import { runReport } from '../../run/reports/run.ts';
import { agree, consentOf } from '../agree.ts';
import type { ApplyOptions } from '../verb-options.ts';
import type { Answer, CliContext } from '../context.ts';
import { listenThere } from './events.ts';
import { followRun } from './follow.ts';
import { askPlan } from './plan.ts';
import { onRightFile, requireNone, shown } from './right-file.ts';
import type { There } from './server.ts';

export async function applyThere(
  there: There,
  context: CliContext,
  file: string | undefined,
  options: ApplyOptions,
): Promise<Answer> {
  requireNone('--set', options.set);
  requireNone('--without', options.without);
  try {
    return await onRightFile(there, file, (name) => applyNamed(there, context, name, options));
  } catch (error) {
    if (file === undefined || !(error instanceof Failure) || error.kind !== 'file-unreadable') throw error;
    if (!(await isSavedPlan(file))) throw error;
    throw new Failure('usage', 'A saved plan cannot be given to a server', {
      detail: 'A server carries out only plans that it has made itself, on its hosts as they are by then.',
      toDo: ['Name the topology as the server calls it, and agree to the plan that it makes.'],
    });
  }
}

async function applyNamed(there: There, context: CliContext, name: string, options: ApplyOptions): Promise<Answer> {
  // Whoever may not look, or cannot, is told so before anything is begun.
  await using listening = await listenThere(there);
  const plan = await askPlan(there, name, options);
  const consent = consentOf(options);
  refuseObstacles(plan, consent);
  refuseCuts(plan.hosts, consent);
  const body = { plan: plan.plan, ...consent, ...(await agreed(context, options, plan)) };
  const { run } = await there.call('POST /api/topologies/:name/apply', { params: { name }, body });
  const result = await followRun(there, listening, { run, plan }, context);
  return { ...runReport(result, { lab: options.lab, server: there.said }), diagnostics: shown(plan.diagnostics) };
}

/**
 * Asks as `apply` does here; of a plan that loses something what the server wants to be typed is asked for. With `--yes` it is
 * said for whoever does not want to be asked.
 */
export async function agreed(
  context: CliContext,
  options: { readonly yes?: boolean },
  plan: Plan,
): Promise<{ readonly typed?: string }> {
  const { typed, losses } = plan.agree;
  if (plan.hosts.some((host) => host.steps.length > 0)) {
    const lost = losses.map(({ host, text }) => `  loses: ${host === null ? '' : `${host}: `}${text}\n`);
    await agree(context, options, `${planText(plan, { summary: true })}${lost.join('')}`, typed);
  }
  return typed === null ? {} : { typed };
}

async function isSavedPlan(file: string): Promise<boolean> {
  const about = await stat(file).catch(() => undefined);
  return about?.isFile() === true && isSavedPlanText(await readFile(file, 'utf8').catch(() => ''));
}
