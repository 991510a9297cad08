/** What `apply` and `destroy` have for runs over several hosts: options, and what is shown meanwhile. */
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { Plan, ShownPlan } from '../flow/plan.ts';
import type { Consent } from '../run/consent.ts';
import type { RunContext } from '../run/context.ts';
import type { CliContext } from './context.ts';

export interface ManyHostsOptions {
  readonly parallel?: number;
  readonly canary?: string;
  readonly keepGoing?: boolean;
}

export function takesManyHosts(command: Command): Command {
  return command
    .option('--parallel <number>', 'change so many hosts at a time (6)', parseCount)
    .option('--canary <host>', 'change this host alone first')
    .option('--keep-going', 'where a host fails, go on with those that do not depend on it, and keep what is done');
}

const MOST = 1000;

function parseCount(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MOST) throw new InvalidArgumentError(`It is a number from 1 to ${String(MOST)}.`);
  return count;
}

export function manyHostsConsent({ parallel, canary, keepGoing }: ManyHostsOptions): Consent {
  return {
    ...(parallel === undefined ? {} : { parallel }),
    ...(canary === undefined ? {} : { canary }),
    ...(keepGoing === undefined ? {} : { keepGoing }),
  };
}

export function changingHosts({ hosts }: Pick<Plan | ShownPlan, 'hosts'>): readonly string[] {
  return hosts.filter(({ steps }) => steps.length > 0).map(({ host }) => host);
}

/** Rows of the terminal that are left to what stands above. */
const ROWS_ABOVE = 4;

/** Whether somebody looks at what happens to each of the hosts, as it happens. */
export function isWatched({ json, count }: Pick<CliContext, 'json' | 'count'>): boolean {
  return count !== undefined && !json && process.stderr.isTTY;
}

/**
 * Runs what changes the hosts, and shows how far each has come: on a terminal a line a host that changes with it, or one line
 * that counts where they are more than it has rows; elsewhere a line for each that is done.
 */
export async function showingHosts<T>(
  hosts: readonly string[],
  context: CliContext,
  work: (show: Pick<RunContext, 'progress' | 'at' | 'count'>) => Promise<T>,
): Promise<T> {
  const { progress, count } = context;
  const terminal = process.stderr;
  if (count === undefined || !isWatched(context)) return work({ progress });
  if (hosts.length < 2) return work({ progress, count });
  if (hosts.length > terminal.rows - ROWS_ABOVE) return work({ progress, count, at: () => undefined });
  const { openHostTree } = await import('./host-tree.ts');
  const tree = openHostTree(hosts, terminal);
  try {
    return await work({ progress, at: tree.at });
  } finally {
    await tree.close();
  }
}
