/** The operator itself: everything that needs rights, in the process that has them. */
import { join, resolve } from 'node:path';
import type { LiveEvent } from '../api/schema/events.ts';
import type { Status } from '../api/schema/status.ts';
import { openHub } from './hub.ts';
import { keepPlans } from './kept-plans.ts';
import { inFolder, planBack, planTopology } from './make-plan.ts';
import type { Mirror } from './mirror.ts';
import type { Operator } from './operator.ts';
import { recordHosts } from './record-hosts.ts';
import { runRecords } from './records.ts';
import { openRuns } from './runs.ts';
import { topologyStatus } from './status.ts';
import { watchFiles } from './watch-files.ts';
import { watchHosts } from './watch-hosts.ts';
import { writingFiles } from './write-files.ts';

export interface OperatorOptions {
  /** With the topologies. */
  readonly folder: string;
  /** Copies of them for the web process, where that is another one. */
  readonly mirror?: Mirror | undefined;
  /** Where a defect is told of. */
  readonly report: (error: Error) => void;
  /** Between two looks at the files, and at the hosts that are watched. */
  readonly filesMs?: number;
  readonly hostsMs?: number;
}

const FILES_MS = 1_000;
const HOSTS_MS = 5_000;
/** What is asked for at the same time is read once. */
const RECENT_RUNS = 50;

/** An operator also waits for what it has begun: `settled` before `close`. */
export interface OwnOperator extends Operator {
  /** Once no run is being made from here any more. */
  settled(): Promise<void>;
}

export function openOperator(options: OperatorOptions): OwnOperator {
  const { mirror, report } = options;
  const folder = resolve(options.folder);
  const hub = openHub();
  const plans = keepPlans();
  const records = runRecords(
    (file) => (file.startsWith(join(folder, '/')) ? inFolder(folder, file) : null),
    (run) => runs.isRunning(run),
  );
  const runs = openRuns({ plans, records, hub, report });
  const underWay = new Map<string, Promise<Status>>();
  const status = (name: string, lab: boolean): Promise<Status> => {
    const key = `${String(lab)} ${name}`;
    const running = underWay.get(key) ?? topologyStatus(folder, name, lab).finally(() => underWay.delete(key));
    underWay.set(key, running);
    return running;
  };
  const files = watchFiles(folder);
  const hosts = watchHosts(status);
  const stops = [
    whileListened(options.filesMs ?? FILES_MS, () => files.look()),
    whileListened(options.hostsMs ?? HOSTS_MS, () => hosts.look()),
  ];

  /** Looks again and again, one look after the other, as long as there is somebody to tell. */
  function whileListened(ms: number, look: () => Promise<readonly LiveEvent[]>): () => void {
    let busy = false;
    const timer = setInterval(() => {
      if (busy || hub.listeners === 0) return;
      busy = true;
      look()
        .then((events) => {
          for (const event of events) hub.tell(event);
        })
        .catch((error: unknown) => {
          report(error instanceof Error ? error : new Error(String(error)));
        })
        .finally(() => {
          busy = false;
        });
    }, ms);
    timer.unref();
    return () => {
      clearInterval(timer);
    };
  }

  return {
    refresh: () => mirror?.refresh() ?? Promise.resolve(),
    ...writingFiles(folder, mirror),
    plan: (_who, name, asked) => planTopology(folder, name, asked, plans),
    apply: (who, name, asked) => runs.apply(who, name, asked),
    confirm: (who, run) => runs.confirm(who, run),
    planBack: (_who, run, { to }) => planBack(records, run, to, plans),
    rollback: (who, run, asked) => runs.rollback(who, run, asked),
    runs: (asked) => records.list(asked),
    run: async (run) => ({ ...(await records.whole(run)), stages: [], ...runs.seen(run) }),
    status,
    recordHosts: (name, lab) => recordHosts(folder, name, lab),
    async listen(listener) {
      // What happens while the list is read comes behind it.
      const early: LiveEvent[] = [];
      const heard = { tell: (event: LiveEvent): unknown => early.push(event) };
      const stop = hub.listen((event) => heard.tell(event));
      const { runs: recent } = await records.list({ limit: RECENT_RUNS });
      listener({ type: 'reset', runs: recent });
      early.forEach(listener);
      heard.tell = listener;
      return { stop };
    },
    watch(topologies) {
      hosts.set(topologies);
      return Promise.resolve();
    },
    settled: () => runs.settled(),
    close() {
      for (const stop of stops) stop();
      runs.close();
      return Promise.resolve();
    },
  };
}
