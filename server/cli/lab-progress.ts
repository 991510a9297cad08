import type { Count } from '../core/count.ts';
import type { CliContext } from './context.ts';

/** How the lab's verbs show what they are at: counted on a terminal, in milestones elsewhere, not at all with `--json`. */
export function labProgress({ json, progress, count }: CliContext): {
  readonly progress?: (line: string) => void;
  readonly count?: Count;
} {
  if (json) return {};
  return count === undefined ? { progress } : { progress, count };
}
