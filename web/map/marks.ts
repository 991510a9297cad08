import type { GraphDocument } from '../../server/flow/graph.ts';
import type { MapLayout } from './layout/shapes.ts';
import type { Mark } from './overlay.ts';

/** A sign for each mark, and its words: colours alone tell nothing to some. */
export const MARK_SIGNS: Readonly<Record<Mark, string>> = {
  added: '+',
  changed: '~',
  removed: '−',
  interrupted: '!',
  down: '×',
  lost: '∅',
  drifted: '≠',
  doubtful: '?',
};

export const MARK_WORDS: Readonly<Record<Mark, string>> = {
  added: 'Will be added',
  changed: 'Will be changed',
  removed: 'Will be removed',
  interrupted: 'Will be interrupted meanwhile',
  down: 'Down',
  lost: 'Lost: nothing reaches it',
  drifted: 'Differs from the file',
  doubtful: 'Cannot be said for certain',
};

/** Which mark a collapsed host shows of those in it: what hurts most. */
const BY_WEIGHT: readonly Mark[] = [
  'down',
  'lost',
  'interrupted',
  'removed',
  'drifted',
  'changed',
  'added',
  'doubtful',
];

export interface ShownMark {
  readonly mark: Mark;
  /** On the badge: the sign, and of a collapsed host how many things in it have marks. */
  readonly sign: string;
}

/** By the id of a shape. What lies in a collapsed host is marked on its card. */
export function marksShown(
  graph: GraphDocument,
  { shapes }: MapLayout,
  marks: ReadonlyMap<string, Mark>,
): ReadonlyMap<string, ShownMark> {
  const shown = new Map<string, ShownMark>();
  if (marks.size === 0) return shown;
  const inside = new Map<string, Mark[]>();
  const hostOf = new Map(
    graph.nodes.flatMap(({ id, parent }) => (parent === undefined ? [] : [[id, parent] as const])),
  );
  for (const [id, mark] of marks) {
    const host = hostOf.get(id);
    if (host !== undefined) inside.set(host, [...(inside.get(host) ?? []), mark]);
  }
  for (const { id, role, subject } of shapes) {
    const own = marks.get(subject);
    if (own !== undefined) shown.set(id, { mark: own, sign: MARK_SIGNS[own] });
    const within = role === 'card' ? (inside.get(subject) ?? []) : [];
    const worst = BY_WEIGHT.find((mark) => within.includes(mark));
    if (own === undefined && worst !== undefined)
      shown.set(id, { mark: worst, sign: `${MARK_SIGNS[worst]}${String(within.length)}` });
  }
  return shown;
}
