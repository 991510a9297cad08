/** Entries of the history → what, as far as they tell, stands where. */
import { z } from 'zod';
import type { History } from './history.ts';
import { recordedRuns } from './runs.ts';

/** What a run left of one topology on one host. */
export interface Standing {
  readonly topology: string;
  readonly host: string;
  /** `local`, or a URL. */
  readonly access: string;
  /** The run that was kept there last. */
  readonly run: string;
  /** The file that it was made from; `null` where there was none. */
  readonly file: string | null;
  /** What that run was to leave there: a plan's `desired`. */
  readonly desired: readonly unknown[];
  /** `fingerprint` of what was there before. */
  readonly fingerprint: string;
}

const Planned = z.looseObject({
  plan: z.looseObject({
    hosts: z.array(z.looseObject({ host: z.string(), desired: z.array(z.unknown()), fingerprint: z.string() })),
  }),
});

/** Everything that runs left which were kept, in their order: of one topology on one host the last one counts. */
export async function keptByRuns(history: History, now: Date): Promise<readonly Standing[]> {
  const runs = (await recordedRuns(history, now)).filter(
    ({ outcome }) => outcome === 'applied' || outcome === 'confirmed',
  );
  const entries = Map.groupBy(await history.entries(), ({ run }) => run);
  const access = new Map<string, string>();
  return runs.flatMap(({ run, topology, file, hosts }) => {
    const begun = entries.get(run)?.find(({ event }) => event === 'begun');
    const planned = Planned.safeParse(begun?.body);
    if (!planned.success) return [];
    return planned.data.plan.hosts.map(({ host, desired, fingerprint }) => {
      const key = `${topology} ${host}`;
      const how = hosts[host] ?? access.get(key) ?? 'local';
      access.set(key, how);
      return { topology, host, access: how, run, file, desired, fingerprint };
    });
  });
}

/** One topology on one host. */
export type Stands = Pick<Standing, 'topology' | 'host' | 'access' | 'run' | 'file'>;

/** What stands now: the last that was kept of each, where that left anything. */
export async function lastStanding(history: History, now: Date): Promise<readonly Stands[]> {
  const last = new Map<string, Stands & { readonly leaves: number }>();
  for (const { run, topology, file, hosts, outcome, leaves } of await recordedRuns(history, now)) {
    if (leaves === null || (outcome !== 'applied' && outcome !== 'confirmed')) continue;
    for (const [host, count] of Object.entries(leaves)) {
      const key = `${topology} ${host}`;
      const access = hosts[host] ?? last.get(key)?.access ?? 'local';
      last.set(key, { topology, host, access, run, file, leaves: count });
    }
  }
  return [...last.values()].flatMap(({ leaves, ...stands }) => (leaves > 0 ? [stands] : []));
}
