/** Entries of the history → the runs that they tell of. */
import { z } from 'zod';
import type { Entry, History } from './history.ts';

/**
 * `interrupted`: begun, and its end was never told. `pending`: waits for confirmation. `lapsed`: nobody confirmed it in time,
 * so that its hosts have undone it by themselves. `applied`: done, where nothing has to be confirmed.
 */
export type Outcome = 'interrupted' | 'pending' | 'lapsed' | 'confirmed' | 'applied' | 'undone' | 'failed';

export interface RecordedRun {
  readonly run: string;
  readonly topology: string;
  /** As an absolute path; `null` where it came from stdin, a plan, or no file at all. */
  readonly file: string | null;
  readonly who: string;
  readonly started: string;
  readonly ended: string | null;
  /** How each host of the run is reached: `local`, or a URL. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly outcome: Outcome;
  /** How many resources it was to leave on each host of its plan; `null` where an older version made it. */
  readonly leaves: Readonly<Record<string, number>> | null;
  /** For `pending` and `lapsed`: when the first host goes back. */
  readonly until: string | null;
}

const Made = z.object({ topology: z.string(), leaves: z.record(z.string(), z.number()) });
const Begun = z.looseObject({
  topology: z.string().optional(),
  made: Made.optional(),
  file: z.string().nullable(),
  hosts: z.record(z.string(), z.string()),
});
const Ended = z.looseObject({
  hosts: z.array(
    z.looseObject({
      host: z.string(),
      result: z.string(),
      confirmed: z.boolean().nullable(),
      until: z.string().nullable(),
    }),
  ),
});

/** What is told of a run once it has begun; other entries say who asked for what. */
const LATER: ReadonlySet<string> = new Set(['ended', 'confirmed', 'undone']);

export async function recordedRuns(history: History, now: Date, run?: string): Promise<readonly RecordedRun[]> {
  return runsOf(await history.outlines(run), now);
}

/** The same, of entries that were read before. What was asked for and never begun is no run. */
export function runsOf(entries: readonly Entry[], now: Date): readonly RecordedRun[] {
  const byRun = Map.groupBy(entries, (entry) => entry.run);
  return [...byRun.values()].flatMap((each) => runOf(each, now) ?? []);
}

function runOf(entries: readonly Entry[], now: Date): RecordedRun | null {
  const first = entries.find(({ event }) => event === 'begun');
  const begun = Begun.safeParse(first?.body);
  if (first === undefined || !begun.success) return null;
  const { made, file, hosts } = begun.data;
  const topology = made?.topology ?? begun.data.topology;
  if (topology === undefined) return null;
  const later = entries.filter(({ event }) => LATER.has(event));
  const told = {
    run: first.run,
    topology,
    file,
    who: first.who,
    started: first.at,
    hosts,
    leaves: made?.leaves ?? null,
  };
  return { ...told, ended: later.at(-1)?.at ?? null, ...outcomeOf(later, now) };
}

function outcomeOf(later: readonly Entry[], now: Date): Pick<RecordedRun, 'outcome' | 'until'> {
  const last = later.at(-1);
  if (last === undefined) return { outcome: 'interrupted', until: null };
  if (last.event === 'confirmed' || last.event === 'undone') return { outcome: last.event, until: null };
  const parsed = Ended.safeParse(last.body);
  if (!parsed.success) return { outcome: 'failed', until: null };
  const { hosts } = parsed.data;
  const until = hosts.flatMap((host) => host.until ?? []).sort()[0] ?? null;
  if (until !== null) return { outcome: Date.parse(until) > now.getTime() ? 'pending' : 'lapsed', until };
  if (hosts.some(({ result }) => result === 'failed')) return { outcome: 'failed', until };
  if (hosts.some(({ result }) => result === 'undone')) return { outcome: 'undone', until };
  return { outcome: hosts.some(({ confirmed }) => confirmed === true) ? 'confirmed' : 'applied', until };
}
