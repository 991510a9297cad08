import { canonicalJson } from '../core/json.ts';
import type { Action, Plan, ShownHostPlan, ShownPlan } from '../flow/plan.ts';
import type { Command, ShownCommand } from '../flow/command.ts';
import { showCommand } from '../flow/command.ts';
import { goesAlong, summaryLine } from '../flow/plan-words.ts';

type HostPlan = Plan['hosts'][number] | ShownHostPlan;
type Step = HostPlan['steps'][number];

const SIGN: Readonly<Record<Action, string>> = { add: '+', change: '~', replace: '-/+', remove: '-' };

export interface PlanTextOptions {
  /** Only what changes, without commands and reasons. */
  readonly summary: boolean;
  /** What is said of traffic, a line each. */
  readonly traffic?: readonly string[];
}

/** A plan as people read it: grouped by host, one paragraph a change, the commands as they are run, the count last. */
export function planText(plan: Pick<Plan | ShownPlan, 'hosts' | 'summary'>, options: PlanTextOptions): string {
  const hosts = plan.hosts.filter((host) => host.steps.length + host.obstacles.length > 0);
  const blocks = hosts.map((host) => hostText(host, options));
  const quiet = plan.hosts.filter((host) => host.steps.length + host.obstacles.length === 0);
  const same = quiet.map((host) => `host ${host.host}: ${String(host.unchanged)} unchanged`);
  const { traffic = [] } = options;
  const paragraphs = [same, traffic].filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return [...blocks, ...paragraphs, summaryLine(plan.summary)].join('\n\n') + '\n';
}

function hostText(host: HostPlan, options: PlanTextOptions): string {
  const lines = [`host ${host.host}: ${String(host.unchanged)} unchanged`];
  for (const obstacle of host.obstacles) lines.push(`  ! ${obstacle.resource}: ${obstacle.detail}`);
  for (const { step, title, path, reason } of host.cuts)
    lines.push(`  ! step ${step}, ${title}, cuts the way by which this host is reached (${path}): ${reason}`);
  const steps = host.steps.filter((step) => !goesAlong(step));
  if (options.summary) for (const step of steps.filter((each) => each.first)) lines.push(headline(step));
  else for (const step of steps) lines.push(...stepText(step));
  return lines.join('\n');
}

function headline(step: Step): string {
  return `  ${SIGN[step.action].padStart(3)} ${step.title}  (${step.cost})`;
}

function stepText(step: Step): readonly string[] {
  if (step.cutsFlowsIn !== undefined) return [`${headline(step)}  ${step.reason}`];
  const lines = step.first ? [`${headline(step)}  ${step.reason}`] : [`      ${step.title}, next stage`];
  if (step.first) {
    for (const { field, expected, found } of step.fields)
      lines.push(`        ${field}: ${shorten(found)} -> ${shorten(expected)}`);
  }
  for (const command of step.commands) {
    const { argv, stdin } = shown(command);
    lines.push(`        ${argv.join(' ')}`);
    if (stdin !== null)
      lines.push(
        ...stdin
          .trimEnd()
          .split('\n')
          .map((line) => `          | ${line}`),
      );
  }
  return lines;
}

function shown(command: Command | ShownCommand): ShownCommand {
  return 'tool' in command ? showCommand(command) : command;
}

const LONGEST_VALUE = 100;

function shorten(value: unknown): string {
  const text = canonicalJson(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;
}
