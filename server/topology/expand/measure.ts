/** How much `for` and `use` would make, counted without making any of it. */
import type { Place } from '../../core/place.ts';
import { MAX_MADE_NODES, MAX_MADE_OBJECTS, MAX_ROUNDS } from '../limits.ts';
import type { Frame, Run } from './frame.ts';
import type { Content } from './outline.ts';
import { visitContent, type Visitor } from './visit.ts';

/** Where it became too much, and of what. */
export interface Excess {
  readonly place: Place;
  readonly detail: string;
}

/** `undefined` where it is not too much. */
export function measure(content: Content, frame: Frame, run: Run): Excess | undefined {
  let [objects, nodes, rounds] = [0, 0, 0];
  let excess: Excess | undefined;
  const visitor: Visitor = {
    content({ size }, { via }) {
      // What stands in the file itself was written by hand.
      if (via === undefined) return;
      objects += size.objects;
      nodes += size.nodes;
    },
    enter(place, more, { size, loops, uses }, { via }) {
      if (excess !== undefined) return false;
      rounds += more;
      const simple = loops.length + uses.length === 0;
      const reason = tooMuch(more, {
        objects: objects + more * size.objects,
        nodes: nodes + more * size.nodes,
        rounds,
      });
      if (reason !== undefined) {
        excess = { place: via === undefined ? place : { ...place, via }, detail: reason };
        return false;
      }
      if (!simple) return true;
      objects += more * size.objects;
      nodes += more * size.nodes;
      return false;
    },
    // Told when it is made.
    tell: () => undefined,
    lost: () => undefined,
  };
  visitContent(content, frame, run, visitor);
  return excess;
}

function tooMuch(more: number, count: Readonly<Record<'objects' | 'nodes' | 'rounds', number>>): string | undefined {
  const limits = { objects: MAX_MADE_OBJECTS, nodes: MAX_MADE_NODES, rounds: MAX_ROUNDS };
  const what = { objects: 'objects', nodes: 'values', rounds: 'rounds' };
  for (const sort of ['objects', 'rounds', 'nodes'] as const) {
    if (count[sort] <= limits[sort]) continue;
    const times = more === 1 ? 'this' : `these ${shown(more)} rounds`;
    return `With ${times} there would be ${shown(count[sort])} ${what[sort]} or more; \`for\` and \`use\` together make ${String(limits[sort])} at most.`;
  }
  return undefined;
}

function shown(count: number): string {
  return Number.isSafeInteger(count) ? String(count) : 'countless';
}
