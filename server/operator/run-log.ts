import { Failure } from '../core/failure.ts';
import type { RunEvent } from '../flow/run.ts';
import { whoRuns } from '../run/plans.ts';
import { openHistory } from '../store/history.ts';
import { historyIn, historyPath } from '../store/place.ts';

export interface LoggedRun {
  /** As an absolute path; `null` where there is none. */
  readonly file: string | null;
  /** How each host is reached: `local`, `lab`, or a URL. */
  readonly accessOf: (host: string) => string;
  /** In a lab: its folder, where its own history is. */
  readonly labFolder: string | null;
  /** Who made it; the user of this process where left out. */
  readonly who?: string;
  readonly progress: (line: string) => void;
}

/** Tells the history of what a run does; that it has begun is written down before the first write to any host. */
export function logTo(logged: LoggedRun): (event: RunEvent) => Promise<void> {
  const { labFolder, progress } = logged;
  const path = labFolder === null ? historyPath() : historyIn(labFolder);
  return async (event) => {
    try {
      await addEntry(path, event, logged);
    } catch (error) {
      // Once hosts are changed, what became of them is the answer, and not that it could not be written down.
      if (event.type === 'begun' || !(error instanceof Failure)) throw error;
      progress(`not in the history: ${error.message}: ${error.detail ?? ''}`);
    }
  };
}

async function addEntry(path: string, event: RunEvent, { file, accessOf, who = whoRuns() }: LoggedRun): Promise<void> {
  const history = await openHistory(path);
  try {
    const { type, run } = event;
    await history.append({
      at: new Date().toISOString(),
      who,
      run,
      event: type,
      body: bodyOf(event, file, accessOf),
    });
  } finally {
    await history.close();
  }
}

function bodyOf(event: RunEvent, file: string | null, accessOf: (host: string) => string): unknown {
  switch (event.type) {
    case 'begun': {
      const { topology, hosts, plan } = event;
      const leaves = Object.fromEntries(plan.hosts.map(({ host, desired }) => [host, desired.length]));
      const access = Object.fromEntries(hosts.map((host) => [host, accessOf(host)]));
      // What is asked for often stands before the plan, so that it can be read without it.
      return { topology, file, hosts: access, made: { topology, leaves }, plan };
    }
    case 'ended':
      return event.result;
    case 'confirmed':
    case 'undone':
      return {
        hosts: event.hosts,
        problems: event.problems,
        ...(event.flows === undefined ? {} : { flows: event.flows }),
      };
  }
}
