/** What the histories tell of runs: this machine's own, and those of the labs that run here. */
import type { Outcome, Run, RunEntry, RunList } from '../api/schema/runs.ts';
import { RunResult } from '../api/schema/runs.ts';
import type { HostPlan } from '../api/schema/plan.ts';
import { failuresTogether } from '../core/failure.ts';
import { KINDS } from '../kinds/index.ts';
import type { RunContext } from '../run/context.ts';
import { noSuchRun } from '../run/reports/history.ts';
import type { CutOff } from '../store/head.ts';
import type { Entry } from '../store/history.ts';
import { runsOf } from '../store/runs.ts';
import type { RecordedRun } from '../store/runs.ts';
import { connectionsByAccess } from './access.ts';
import { AnsweredRun, AskedRun, SaidRun } from './asked.ts';
import type { FoundRun, Place } from './found-run.ts';
import { historyPlaces, withHistory } from './places.ts';

export interface RunRecords {
  list(asked: {
    readonly topology?: string | undefined;
    readonly names?: readonly string[] | undefined;
    readonly before?: string | undefined;
    readonly limit: number;
  }): Promise<RunList>;
  /** Throws `usage` where there is no such run. */
  entry(run: string): Promise<RunEntry & { readonly file: string | null }>;
  find(run: string): Promise<FoundRun>;
  /** All that is written down of it. */
  whole(run: string): Promise<Omit<Run, 'stages'>>;
}

interface Recorded {
  readonly place: Place;
  readonly entries: readonly Entry[];
}

/**
 * @param nameOf what the API calls a file; `null`: it is not in the folder.
 * @param isRunning whether a run is being made from here right now.
 */
export function runRecords(nameOf: (file: string) => string | null, isRunning: (run: string) => boolean): RunRecords {
  const entryOf = ({ place, entries }: Recorded): (RunEntry & { readonly file: string | null }) | null => {
    const [first] = entries;
    const asked = AskedRun.safeParse(entries.find(({ event }) => event === 'asked')?.body).data?.about;
    const [run] = runsOf(entries, new Date());
    if (first === undefined || (run === undefined && asked === undefined)) return null;
    const file = run?.file ?? null;
    return {
      ...{ run: first.run, lab: place.labFolder !== null, who: first.who, started: run?.started ?? first.at, file },
      topology: run?.topology ?? asked?.topology ?? '',
      name: asked?.name ?? (file === null ? null : nameOf(file)),
      ended: run?.ended ?? entries.find(({ event }) => event === 'answered')?.at ?? null,
      hosts: run?.hosts ?? asked?.access ?? {},
      outcome: isRunning(first.run) ? 'running' : outcomeOf(run, entries),
      until: isRunning(first.run) ? null : (run?.until ?? null),
      leaves: run?.leaves ?? null,
      summary: asked?.summary ?? null,
      undoes: asked?.undoes ?? null,
    };
  };

  const recorded = async (run: string): Promise<Recorded> => {
    for (const place of await allPlaces()) {
      const entries = await withHistory(place, [], (history) => history.entries(run));
      if (entries.length > 0) return { place, entries };
    }
    throw noSuchRun(run);
  };

  const entry = async (run: string): ReturnType<RunRecords['entry']> => {
    const found = entryOf(await recorded(run));
    if (found === null) throw noSuchRun(run);
    return found;
  };

  return {
    entry,
    async list({ topology, names, before, limit }) {
      const all: RunEntry[] = [];
      const broken: string[] = [];
      for (const place of await allPlaces()) {
        const entries = await withHistory(place, [], async (history) => {
          const at = await history.brokenAt();
          if (at !== null) broken.push(`Entry ${String(at)} does not follow from the one before it.`);
          broken.push(...(await history.cutOff()).map(cutOffText));
          return history.outlines();
        });
        for (const own of Map.groupBy(entries, (each) => each.run).values()) {
          const found = entryOf({ place, entries: own });
          if (found === null || (topology !== undefined && found.topology !== topology)) continue;
          if (names !== undefined && (found.name === null || !names.includes(found.name))) continue;
          const { file: _file, ...shown } = found;
          all.push(shown);
        }
      }
      all.sort(byWhen);
      const at = all.findIndex(({ run }) => run === before);
      const from = before === undefined ? all : all.slice(at + 1);
      const runs = from.slice(0, limit);
      return {
        ...{ formatVersion: 1, diagnostics: [], runs, broken },
        next: from.length > limit ? (runs.at(-1)?.run ?? null) : null,
      };
    },
    async find(run) {
      const { place, entries } = await recorded(run);
      const [found] = runsOf(entries, new Date());
      if (found === undefined) throw noSuchRun(run);
      return { ...found, place };
    },
    async whole(run) {
      const { place, entries } = await recorded(run);
      const found = entryOf({ place, entries });
      if (found === null) throw noSuchRun(run);
      const { file: _file, ...shown } = found;
      const asked = AskedRun.safeParse(entries.find(({ event }) => event === 'asked')?.body).data;
      const answered = AnsweredRun.safeParse(entries.find(({ event }) => event === 'answered')?.body).data;
      const result = RunResult.safeParse(entries.find(({ event }) => event === 'ended')?.body).data ?? null;
      const failures = (result ?? answered?.result)?.hosts.flatMap(({ host, failure }) =>
        failure === null ? [] : [{ host, failure }],
      );
      return {
        ...{ formatVersion: 1, diagnostics: [], run: shown },
        plan: planOf(entries),
        result: result ?? answered?.result ?? null,
        failed: answered?.failure ?? failuresTogether(failures ?? []) ?? null,
        entries: entries.filter(({ event }) => event !== 'said').map(({ at, who, event }) => ({ at, who, event })),
        output: SaidRun.safeParse(entries.find(({ event }) => event === 'said')?.body).data?.lines ?? [],
        graph: asked?.graph ?? null,
        files: asked?.files ?? null,
      };
    },
  };
}

/** How the hosts of a run are reached again. */
export async function contextOfRun({ topology, hosts, place }: FoundRun): Promise<RunContext> {
  return { kinds: KINDS, connectionOf: await connectionsByAccess(topology, hosts, { lab: place.labFolder !== null }) };
}

/** The last one first. Two of one second have names that say nothing of which was first. */
function byWhen(a: RunEntry, b: RunEntry): number {
  if (a.started === b.started) return a.run < b.run ? 1 : -1;
  return a.started < b.started ? 1 : -1;
}

async function allPlaces(): Promise<readonly Place[]> {
  return [...(await historyPlaces({})), ...(await historyPlaces({ lab: true }))];
}

function outcomeOf(run: RecordedRun | undefined, entries: readonly Entry[]): Outcome {
  if (run !== undefined) return run.outcome;
  const answered = AnsweredRun.safeParse(entries.find(({ event }) => event === 'answered')?.body).data;
  if (answered === undefined) return 'interrupted';
  return answered.failure === null ? 'applied' : 'refused';
}

/** Of the plan that a run began with; it is written down as it was agreed to. */
function planOf(entries: readonly Entry[]): Run['plan'] {
  const begun = entries.find(({ event }) => event === 'begun')?.body as
    | { readonly plan?: { readonly hosts: readonly HostPlan[]; readonly summary: NonNullable<RunEntry['summary']> } }
    | undefined;
  return begun?.plan ?? null;
}

function cutOffText({ from, to }: CutOff): string {
  return from === to
    ? `Entry ${String(from)} was there, and is gone or another now.`
    : `Entries ${String(from)} to ${String(to)} were there, and are gone.`;
}
