import type { LiveEvent } from '../api/schema/events.ts';
import type { Status } from '../api/schema/status.ts';
import { Failure } from '../core/failure.ts';
import { sameJson } from '../core/json.ts';
import type { Watched } from './operator.ts';

export interface HostWatch {
  /** Takes the place of what was watched before. */
  set(topologies: readonly Watched[]): void;
  /** What is not as it was told of last. */
  look(): Promise<readonly LiveEvent[]>;
}

/** At most so many are watched at a time. */
const MOST = 8;

export function watchHosts(statusOf: (name: string, lab: boolean) => Promise<Status>): HostWatch {
  let watched: readonly Watched[] = [];
  const told = new Map<string, Pick<Status, 'live' | 'nodes'>>();
  const keyOf = ({ name, lab }: Watched): string => `${lab ? 'lab' : 'host'} ${name}`;

  return {
    set(topologies) {
      watched = [...new Map(topologies.map((each) => [keyOf(each), each])).values()].slice(0, MOST);
      const keys = new Set(watched.map(keyOf));
      for (const key of told.keys()) if (!keys.has(key)) told.delete(key);
    },
    async look() {
      const events: LiveEvent[] = [];
      for (const each of watched) {
        const now = await statusOf(each.name, each.lab).catch((error: unknown) => {
          // A file that is wrong for now, or a lab that is down: there is nothing to tell until it is there again.
          if (error instanceof Failure) return null;
          throw error;
        });
        if (now === null) continue;
        const before = told.get(keyOf(each));
        told.set(keyOf(each), { live: now.live, nodes: now.nodes });
        const live = changed(now.live, before?.live ?? [], ({ host }) => host);
        const nodes = changed(now.nodes, before?.nodes ?? [], ({ id }) => id);
        if (live.length + nodes.length > 0)
          events.push({ type: 'state', at: now.at, name: each.name, lab: each.lab, live, nodes });
      }
      return events;
    },
  };
}

function changed<T>(now: readonly T[], before: readonly T[], keyOf: (each: T) => string): readonly T[] {
  const last = new Map(before.map((each) => [keyOf(each), each]));
  return now.filter((each) => !sameJson(each, last.get(keyOf(each)) ?? null));
}
