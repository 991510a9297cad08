/** The runs of a server: all of them, and the one that is meant. */
import type { RunEntry } from '../../api/schema/runs.ts';
import { noneWaits, onlyOpen } from '../../operator/choose-run.ts';
import type { RunOptions } from '../../operator/found-run.ts';
import { noSuchRun } from '../../run/reports/history.ts';
import type { There } from './server.ts';

const MOST_AT_ONCE = 200;

export interface RunsThere {
  /** In the order in which they were made. */
  readonly runs: readonly RunEntry[];
  /** Where its history is not as it was written. */
  readonly broken: readonly string[];
}

/** The runs on hosts, or with `lab` those on the hosts of the labs that run there. */
export async function runsThere(there: There, { lab = false }: RunOptions): Promise<RunsThere> {
  const runs: RunEntry[] = [];
  const broken = new Set<string>();
  let before: string | null = null;
  do {
    const page: {
      readonly runs: readonly RunEntry[];
      readonly broken: readonly string[];
      readonly next: string | null;
    } = await there.call('GET /api/runs', {
      query: { limit: MOST_AT_ONCE, ...(before === null ? {} : { before }) },
    });
    runs.push(...page.runs.filter((run) => run.lab === lab));
    for (const each of page.broken) broken.add(each);
    before = page.next;
  } while (before !== null);
  return { runs: runs.reverse(), broken: [...broken] };
}

/** As `findRun` here: by its name, or the only one that the verb can do something about, else the last of the others. */
export async function findRunThere(
  there: There,
  name: string | undefined,
  options: RunOptions,
  open: readonly RunEntry['outcome'][],
  orLast: readonly RunEntry['outcome'][] = [],
): Promise<RunEntry> {
  const { runs } = await runsThere(there, options);
  if (name !== undefined) {
    const named = runs.find(({ run }) => run === name);
    if (named !== undefined) return named;
    throw noSuchRun(name);
  }
  const made = runs.filter(hasChanged);
  // Hosts of different labs have the same names; a lab has one topology.
  const only = onlyOpen(made, open, ({ lab, topology }) => (lab ? topology : ''));
  const found = only ?? made.findLast(({ outcome }) => orLast.includes(outcome));
  if (found !== undefined) return found;
  throw noneWaits();
}

/** What was only asked for has left earlier runs as they are. */
export function hasChanged({ outcome, summary }: RunEntry): boolean {
  if (outcome === 'refused') return false;
  return summary === null || summary.add + summary.change + summary.remove + summary.replace > 0;
}
