/** Runs that are made from here: asked for, written down, begun, told of while they go on, kept or undone. */
import type { z } from 'zod';
import type {
  ApplyQuestion,
  HostStage,
  RollbackQuestion,
  Run,
  RunBegun,
  RunEnded,
  RunEntry,
} from '../api/schema/runs.ts';
import { Failure, failureDocument } from '../core/failure.ts';
import type { RunResult } from '../flow/run.ts';
import { KINDS } from '../kinds/index.ts';
import { refuseCuts } from '../run/own-path.ts';
import { applyPlan, newRunName, refuseObstacles, whoRuns } from '../run/plans.ts';
import { confirmRun, endsOfRun, rollbackRun } from '../run/window.ts';
import { historyIn, historyPath } from '../store/place.ts';
import { connectionsByAccess } from './access.ts';
import { writeDown } from './asked.ts';
import type { AskedRun, SaidRun } from './asked.ts';
import type { FoundRun, Place } from './found-run.ts';
import type { Hub } from './hub.ts';
import type { KeptPlan, KeptPlans } from './kept-plans.ts';
import { consentOf, refuseUntyped } from './losses.ts';
import type { Agreed } from './losses.ts';
import type { Who } from './operator.ts';
import { contextOfRun } from './records.ts';
import type { RunRecords } from './records.ts';
import { logTo } from './run-log.ts';

export interface Runs {
  apply(who: Who, name: string, asked: z.output<typeof ApplyQuestion>): Promise<RunBegun>;
  confirm(who: Who, run: string): Promise<RunEnded>;
  rollback(who: Who, run: string, asked: z.output<typeof RollbackQuestion>): Promise<RunEnded>;
  /** What is known of a run besides what is written down; of one that is not remembered, nothing. */
  seen(run: string): Partial<Pick<Run, 'stages' | 'output'>>;
  isRunning(run: string): boolean;
  /** Once nothing is being made any more. Runs that wait for confirmation do so on their hosts. */
  settled(): Promise<void>;
  close(): void;
}

interface HostAt {
  stage: HostStage;
  done: number;
  readonly of: number;
}

interface LiveRun {
  readonly run: string;
  readonly stages: Map<string, HostAt>;
  readonly output: { readonly at: string; readonly text: string }[];
  running: boolean;
  work: Promise<void>;
}

/** What is remembered of runs that are over, and of what each said. */
const MOST_RUNS = 32;
const MOST_LINES = 1_000;
/** A run that nobody confirmed has been undone by its hosts so long after its time. */
const LAPSED_MS = 3_000;

interface Around {
  readonly plans: KeptPlans;
  readonly records: RunRecords;
  readonly hub: Hub;
  readonly report: (error: Error) => void;
}

export function openRuns({ plans, records, hub, report }: Around): Runs {
  const live = new Map<string, LiveRun>();
  const timers = new Map<string, NodeJS.Timeout>();

  /** What changed about a run, for whoever looks. What cannot be read of it stops no run. */
  const tellOf = async (run: string): Promise<void> => {
    const { file: _file, ...entry } = await records.entry(run);
    hub.tell({ type: 'run', at: now(), run: entry });
    if (entry.outcome === 'pending' && entry.until !== null) settleLater(entry);
  };

  /** When its time is over, the hosts are asked what became of it. */
  const settleLater = ({ run, until }: RunEntry): void => {
    clearTimeout(timers.get(run));
    const wait = Math.max(0, Date.parse(until ?? '') - Date.now()) + LAPSED_MS;
    const timer = setTimeout(() => {
      timers.delete(run);
      settleLapsed(run).catch(reportAs(report));
    }, wait);
    timer.unref();
    timers.set(run, timer);
  };

  const settleLapsed = async (run: string): Promise<void> => {
    const found = await records.find(run);
    if (found.outcome !== 'lapsed') return;
    const hosts = Object.keys(found.hosts);
    const ends = await endsOfRun(found, hosts, await contextOfRun(found));
    for (const [end, type] of [
      ['kept', 'confirmed'],
      ['undone', 'undone'],
    ] as const) {
      if (ends.every((each) => each.end === end)) await logOf(found, whoRuns())({ type, run, hosts, problems: [] });
    }
    await tellOf(run);
  };

  const begin = async (who: Who, kept: KeptPlan, agreed: Agreed): Promise<RunBegun> => {
    const consent = consentOf(agreed);
    refuseUntyped(kept.agree, agreed);
    refuseObstacles(kept.plan, consent);
    refuseCuts(kept.plan.hosts, consent);
    const { topology } = kept.plan;
    const place = await placeOf(topology, kept.lab);
    const run = newRunName(new Date());
    const as = { run, who: nameOf(who) };
    await writeDown(place, { who: as.who, run, event: 'asked', body: askedOf(kept, agreed) });
    const watched = watchRun(run, kept);
    live.set(run, watched);
    forget();
    watched.work = carryOut(kept, { ...watched, as, place, consent })
      .catch(reportAs(report))
      .then(async () => {
        watched.running = false;
        await tellOf(run);
      })
      .catch(reportAs(report));
    await tellOf(run);
    return { formatVersion: 1, diagnostics: [], run, topology, lab: kept.lab };
  };

  const watchRun = (run: string, { plan }: KeptPlan): LiveRun => {
    const changing = plan.hosts.filter(({ steps }) => steps.length > 0);
    const stages = new Map(
      changing.map(({ host, steps }): [string, HostAt] => [host, { stage: 'planned', done: 0, of: steps.length }]),
    );
    return { run, stages, output: [], running: true, work: Promise.resolve() };
  };

  const forget = (): void => {
    for (const [run, { running }] of live) {
      if (live.size <= MOST_RUNS) return;
      if (!running) live.delete(run);
    }
  };

  const carryOut = async (kept: KeptPlan, how: CarryOut): Promise<void> => {
    const { run, as, place, consent } = how;
    const say = (text: string): void => {
      const line = { at: now(), text };
      how.output.push(line);
      if (how.output.length > MOST_LINES) how.output.shift();
      hub.tell({ type: 'output', run, ...line });
    };
    const move = (host: string, change: { readonly stage?: HostStage; readonly done?: number }): void => {
      const at = how.stages.get(host);
      if (at === undefined) return;
      Object.assign(at, change);
      hub.tell({ type: 'progress', at: now(), run, host, ...at });
    };
    const told = { begun: false };
    const write = logTo({
      ...{ file: kept.file, accessOf: (host) => kept.access[host] ?? 'local', labFolder: place.labFolder },
      ...{ who: as.who, progress: say },
    });
    try {
      const result = await applyPlan(
        kept.plan,
        {
          ...{ kinds: KINDS, as, progress: say },
          connectionOf: await connectionsByAccess(kept.plan.topology, kept.access, { lab: kept.lab }),
          at: (host, stage, line) => {
            move(host, { stage });
            // As the command line says it where nobody looks at all hosts at once.
            if (line !== undefined) say(`${host}: ${line}`);
          },
          done: (host, done) => {
            move(host, { done });
          },
          async log(event) {
            await write(event);
            told.begun = true;
          },
        },
        consent,
      );
      await plugAgain(kept, say);
      if (!told.begun) await answered(place, as, { failure: null, result });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      say(error.message);
      if (!told.begun) await answered(place, as, { failure: failureDocument(error), result: null });
      else report(error);
    }
    await writeDown(place, { ...as, event: 'said', body: { lines: how.output } satisfies SaidRun });
  };

  const logOf = ({ file, hosts, place }: FoundRun, who: string): ReturnType<typeof logTo> =>
    logTo({
      ...{ file, who, labFolder: place.labFolder, accessOf: (host) => hosts[host] ?? 'local' },
      progress: (line) => {
        report(new Error(line));
      },
    });

  const askedFor = async (
    who: Who,
    run: string,
    event: 'confirm asked' | 'undo asked',
  ): Promise<{ readonly found: FoundRun; readonly by: string }> => {
    const found = await records.find(run);
    const by = nameOf(who);
    await writeDown(found.place, { who: by, run, event, body: {} });
    return { found, by };
  };

  return {
    apply: (who, name, { plan, ...agreed }) => {
      // What is refused for what was said may be said again; what was begun is over.
      refuseUntyped(plans.look(plan, { name }).agree, agreed);
      return begin(who, plans.take(plan, { name }), agreed);
    },
    async confirm(who, run) {
      const { found, by } = await askedFor(who, run, 'confirm asked');
      const names = Object.keys(found.hosts);
      const hosts = await confirmRun(run, names, await contextOfRun(found));
      await logOf(found, by)({ type: 'confirmed', run, hosts: names, problems: [] });
      await tellOf(run);
      return { formatVersion: 1, diagnostics: [], run, topology: found.topology, undoes: null, hosts };
    },
    async rollback(who, run, { plan, ...agreed }) {
      if (plan !== undefined) {
        refuseUntyped(plans.look(plan, { undoes: run }).agree, agreed);
        const begun = await begin(who, plans.take(plan, { undoes: run }), agreed);
        const { run: made, topology } = begun;
        return { formatVersion: 1, diagnostics: [], run: made, topology, undoes: run, hosts: null };
      }
      const { found, by } = await askedFor(who, run, 'undo asked');
      const names = Object.keys(found.hosts);
      const hosts = await rollbackRun(run, names, await contextOfRun(found));
      const problems = hosts.flatMap(({ host, problems: lines }) => lines.map((line) => `${host}: ${line}`));
      const judged = hosts.flatMap(({ host, flows }) => (flows === undefined ? [] : [[host, flows] as const]));
      await logOf(
        found,
        by,
      )({
        ...{ type: 'undone', run, hosts: names, problems },
        ...(judged.length === 0 ? {} : { flows: Object.fromEntries(judged) }),
      });
      await tellOf(run);
      return { formatVersion: 1, diagnostics: [], run, topology: found.topology, undoes: null, hosts };
    },
    seen(run) {
      const known = live.get(run);
      if (known === undefined) return {};
      return { stages: [...known.stages].map(([host, at]) => ({ host, ...at })), output: [...known.output] };
    },
    isRunning: (run) => live.get(run)?.running === true,
    async settled() {
      await Promise.all([...live.values()].map(({ work }) => work));
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

/** `ann@desk`: as of the command line, where the name does not say where somebody is. */
export function nameOf({ name }: Who): string {
  return name.includes('@') ? name.replace(/[^A-Za-z0-9@._-]/g, '_') : whoRuns(name);
}

interface CarryOut extends Pick<LiveRun, 'run' | 'stages' | 'output'> {
  readonly as: { readonly run: string; readonly who: string };
  readonly place: Place;
  readonly consent: ReturnType<typeof consentOf>;
}

function askedOf(kept: KeptPlan, { typed: _typed, ...consent }: Agreed): AskedRun {
  const { name, plan, access, fingerprint, undoes, files, graph } = kept;
  return {
    about: {
      operation: undoes === null ? 'apply' : 'rollback',
      ...{ name, topology: plan.topology, access, summary: plan.summary, fingerprint, undoes, consent },
    },
    files,
    graph,
  };
}

function answered(
  place: Place,
  { run, who }: CarryOut['as'],
  body: { readonly failure: ReturnType<typeof failureDocument> | null; readonly result: RunResult | null },
): Promise<void> {
  return writeDown(place, { who, run, event: 'answered', body });
}

async function placeOf(topology: string, lab: boolean): Promise<Place> {
  if (!lab) return { path: historyPath(), labFolder: null };
  const { folder } = await (await import('../lab/index.ts')).openLab(topology);
  return { path: historyIn(folder), labFolder: folder };
}

/** Ends that were made anew lie on their hosts, and not in the guests of the lab. */
async function plugAgain({ lab, model, plan }: KeptPlan, say: (line: string) => void): Promise<void> {
  if (!lab) return;
  if (model === null) {
    say('Guests of the lab whose ends were made anew are plugged in again by: trunkline lab up FILE');
    return;
  }
  const { openLab, reattach } = await import('../lab/index.ts');
  await reattach(model, await openLab(plan.topology));
}

function now(): string {
  return new Date().toISOString();
}

function reportAs(report: (error: Error) => void): (error: unknown) => void {
  return (error) => {
    report(error instanceof Error ? error : new Error(String(error)));
  };
}
