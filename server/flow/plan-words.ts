/** What a plan says in a line, on the command line and on the page alike: pure, and without anything else of the server. */
import type { PlanSummary, Step } from './plan.ts';

/** Gone with something else, by no command of its own (an address with its link): in the plan, but nothing to read about. */
export function goesAlong(step: Pick<Step, 'action'> & { readonly commands: readonly unknown[] }): boolean {
  return step.action === 'remove' && step.commands.length === 0;
}

/** The last line of a plan's text. A replacement counts as one added and one removed. */
export function summaryLine({ add, change, replace, remove, hosts }: PlanSummary): string {
  if (add + change + replace + remove === 0) return 'No changes.';
  const counts = `${String(add + replace)} to add, ${String(change)} to change, ${String(remove + replace)} to remove`;
  return `Plan: ${counts} on ${String(hosts)} host${hosts === 1 ? '' : 's'}.`;
}
