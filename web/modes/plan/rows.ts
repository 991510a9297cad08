/** In: the hosts of a plan. Out: the rows of its list, one below the other, in the order of execution. Pure. */
import type { HostPlan, PlanStep } from '../../../server/api/schema/plan.ts';
import type { Action } from '../../../server/flow/plan.ts';
import { goesAlong } from '../../../server/flow/plan-words.ts';

export type Row =
  | {
      readonly type: 'host';
      readonly key: string;
      readonly host: string;
      readonly changes: number;
      readonly unchanged: number;
    }
  | { readonly type: 'warning'; readonly key: string; readonly what: string; readonly why: string }
  | { readonly type: 'step'; readonly key: string; readonly step: PlanStep; readonly number: number }
  | { readonly type: 'along'; readonly key: string; readonly count: number };

export const SIGNS: Readonly<Record<Action, readonly [sign: string, word: string]>> = {
  add: ['+', 'add'],
  change: ['~', 'change'],
  remove: ['-', 'remove'],
  replace: ['-/+', 'replace'],
};

/** Hosts with something to say come first; of the others there is a row each, and no more. */
export function rowsOf(hosts: readonly HostPlan[]): readonly Row[] {
  const busy = hosts.filter(({ steps, obstacles }) => steps.length + obstacles.length > 0);
  const quiet = hosts.filter((host) => !busy.includes(host));
  return [...busy, ...quiet].flatMap(hostRows);
}

function hostRows({ host, steps, obstacles, cuts, unchanged }: HostPlan): readonly Row[] {
  const shown = steps.map((step, index) => ({ step, number: index + 1 })).filter(({ step }) => !goesAlong(step));
  const along = steps.filter((step) => goesAlong(step) && step.first).length;
  const changes = shown.filter(({ step }) => step.first).length;
  return [
    { type: 'host', key: `host ${host}`, host, changes, unchanged },
    ...obstacles.map(({ resource, detail }): Row => ({
      type: 'warning',
      key: `obstacle ${host} ${resource}`,
      what: resource,
      why: detail,
    })),
    ...cuts.map(({ step, title, path, reason }): Row => ({
      type: 'warning',
      key: `cut ${step}`,
      what: `${title} cuts the way by which this host is reached (${path})`,
      why: reason,
    })),
    ...shown.map(({ step, number }): Row => ({ type: 'step', key: step.id, step, number })),
    ...(along === 0 ? [] : [{ type: 'along', key: `along ${host}`, count: along } as const]),
  ];
}

/** A word of a command as it would be typed. Nothing of this is ever run from here. */
export function typedCommand(argv: readonly string[]): string {
  return argv.map((each) => (/^[\w@%+=:,./-]+$/.test(each) ? each : `'${each.replaceAll("'", `'\\''`)}'`)).join(' ');
}

const LONGEST_VALUE = 160;

/** A value of a field as it is read: short, without quotes where it is a word, words of a list one after the other. */
export function valueText(value: unknown): string {
  const words = [value].flat();
  const text =
    words.length > 0 && words.every((each) => typeof each === 'string') ? words.join(', ') : JSON.stringify(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;
}
