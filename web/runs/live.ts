/** In: what the server tells. Out: which runs are under way or wait, and how far each host of them is. Pure. */
import type { LiveEvent } from '../../server/api/schema/events.ts';
import type { HostStage, Outcome, Run, RunEntry } from '../../server/api/schema/runs.ts';

export interface HostProgress {
  readonly stage: HostStage;
  readonly done: number;
  readonly of: number;
}

export interface LiveRuns {
  /** Newest first; those that were told of while the page is open, and those that were under way before. */
  readonly runs: readonly RunEntry[];
  /** By run, by host. */
  readonly progress: ReadonlyMap<string, ReadonlyMap<string, HostProgress>>;
  /** What a run said, by run. */
  readonly output: ReadonlyMap<string, readonly OutputLine[]>;
  /** Grows with every run that has changed hosts since the page was opened, by its topology. */
  readonly changes: ReadonlyMap<string, number>;
  /** Grows with every file that was written, by its name. */
  readonly files: ReadonlyMap<string, number>;
}

export interface OutputLine {
  readonly at: string;
  readonly text: string;
}

export const NOTHING_LIVE: LiveRuns = {
  runs: [],
  progress: new Map(),
  output: new Map(),
  changes: new Map(),
  files: new Map(),
};

/** More lines of a run are read when it is opened. */
const MOST_LINES = 500;

export function heard(live: LiveRuns, event: LiveEvent): LiveRuns {
  switch (event.type) {
    case 'reset':
      return { ...live, runs: newestFirst(event.runs), progress: new Map(), output: new Map() };
    case 'run':
      return {
        ...live,
        runs: newestFirst([event.run, ...live.runs.filter(({ run }) => run !== event.run.run)]),
        changes: CHANGED.includes(event.run.outcome) ? oneMore(live.changes, event.run.topology) : live.changes,
      };
    case 'progress': {
      const { run, host, stage, done, of } = event;
      const hosts = new Map(live.progress.get(run)).set(host, { stage, done, of });
      return { ...live, progress: new Map(live.progress).set(run, hosts) };
    }
    case 'output': {
      const lines = [...(live.output.get(event.run) ?? []), { at: event.at, text: event.text }].slice(-MOST_LINES);
      return { ...live, output: new Map(live.output).set(event.run, lines) };
    }
    case 'file':
      return { ...live, files: oneMore(live.files, event.name) };
    case 'state':
      return live;
  }
}

/** Hosts are not as they were when a run comes to be so. */
const CHANGED: readonly Outcome[] = ['pending', 'applied', 'undone', 'lapsed', 'failed', 'interrupted'];

function oneMore(counts: ReadonlyMap<string, number>, name: string): ReadonlyMap<string, number> {
  return new Map(counts).set(name, (counts.get(name) ?? 0) + 1);
}

function newestFirst(runs: readonly RunEntry[]): readonly RunEntry[] {
  return runs.toSorted((a, b) => (a.run < b.run ? 1 : a.run > b.run ? -1 : 0));
}

/** Of those that somebody has to know of wherever he is on the page: what waits before what goes on. */
export function pressing({ runs }: Pick<LiveRuns, 'runs'>): readonly RunEntry[] {
  return [
    ...runs.filter(({ outcome }) => outcome === 'pending'),
    ...runs.filter(({ outcome }) => outcome === 'running'),
  ];
}

/** How far each host is: as told last, else as it was when the run was asked for. */
export function progressOf(run: Run, live: LiveRuns): ReadonlyMap<string, HostProgress> {
  const asked = run.stages.map(({ host, ...at }) => [host, at] as const);
  return new Map([...asked, ...(live.progress.get(run.run.run) ?? [])]);
}

/** Without what was there already when the run was asked for. */
export function outputOf(run: Run, live: LiveRuns): readonly OutputLine[] {
  const last = run.output.at(-1);
  const later = (live.output.get(run.run.run) ?? []).filter(({ at }) => last === undefined || at > last.at);
  return [...run.output, ...later];
}

/** `4:07`, and `1:02:07` from an hour on. */
export function clockText(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  return hours > 0 ? `${String(hours)}:${two(minutes)}:${two(rest)}` : `${String(minutes)}:${two(rest)}`;
}
