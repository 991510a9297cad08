import type { Publish } from '../../flow/model.ts';

/** Which ports are published so far, by address and protocol: sorted and disjoint, so that a clash is found by bisection. */
export interface OccupiedPorts {
  /** Takes the ports of the mapping, unless one of them is taken: then the mapping that has it. */
  readonly take: (publish: Publish) => Publish | undefined;
}

export function newOccupiedPorts(): OccupiedPorts {
  const byAddress = new Map<string, Publish[]>();
  return {
    take: (publish) => {
      const key = `${publish.listen} ${publish.protocol}`;
      const sorted = byAddress.get(key) ?? [];
      byAddress.set(key, sorted);
      let low = 0;
      let high = sorted.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((sorted[middle]?.ports.last ?? 0) < publish.ports.first) low = middle + 1;
        else high = middle;
      }
      const next = sorted[low];
      if (next !== undefined && next.ports.first <= publish.ports.last) return next;
      sorted.splice(low, 0, publish);
      return undefined;
    },
  };
}
