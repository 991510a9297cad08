import type { Publish } from '../../flow/model.ts';
import type { Notes } from '../report.ts';
import { related } from '../report.ts';
import { rangeText } from '../services.ts';

/** What has ports of an address: a published port, or one that is spread over several targets. */
export type Occupant = Pick<Publish, 'listen' | 'protocol' | 'ports' | 'text' | 'place'>;

/** Which ports are taken so far, by address and protocol: sorted and disjoint, so that a clash is found by bisection. */
export interface Occupied {
  /** Takes the ports of the mapping, unless one of them is taken: then the mapping that has it. */
  readonly take: (occupant: Occupant) => Occupant | undefined;
}

export function newOccupiedPorts(): Occupied {
  const byAddress = new Map<string, Occupant[]>();
  return {
    take: (occupant) => {
      const key = `${occupant.listen} ${occupant.protocol}`;
      const sorted = byAddress.get(key) ?? [];
      byAddress.set(key, sorted);
      let low = 0;
      let high = sorted.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((sorted[middle]?.ports.last ?? 0) < occupant.ports.first) low = middle + 1;
        else high = middle;
      }
      const next = sorted[low];
      if (next !== undefined && next.ports.first <= occupant.ports.last) return next;
      sorted.splice(low, 0, occupant);
      return undefined;
    },
  };
}

export function reportTaken({ listen, protocol, ports, place }: Occupant, taken: Occupant, notes: Notes): void {
  const first = Math.max(ports.first, taken.ports.first);
  const last = Math.min(ports.last, taken.ports.last);
  notes.report(
    'publish-twice',
    place,
    `${rangeText({ first, last })}/${protocol} of ${listen} is published as \`${taken.text}\` already; a packet can be sent on to one place only.`,
    {
      hint: 'choose another port or another `listen` address',
      related: [related(taken.place, 'first published here')],
    },
  );
}
