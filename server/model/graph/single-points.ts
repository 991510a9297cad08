/**
 * In: the paths. Out: the single points of failure, which are things without which ends that are still there, and could
 * exchange packets before, no longer can; and for each which ends are cut off from the rest.
 *
 * A thing is many points at once (a bridge has one for each network), so articulation points, which are single ones, are not
 * enough. Instead the paths without each thing in turn come from one union-find that can take its last unions back: the things
 * are halved again and again, and on the way down to one thing everything is joined that does not touch its half. An edge goes
 * down with the few things that it touches, so that the work grows with edges × log² and not with edges × things.
 */
import { compareText } from '../report.ts';
import type { Paths } from './paths.ts';
import { rollingUnion } from './rolling-union.ts';
import type { RollingUnion } from './rolling-union.ts';

/** Graph nodes that are cut off from the greatest part of what is left, sorted, each once. */
export type SinglePoints = ReadonlyMap<string, readonly string[]>;

interface Search {
  readonly paths: Paths;
  readonly things: readonly (readonly [id: string, points: readonly number[]])[];
  readonly union: RollingUnion;
  /** Numbers of the things that a point fails with. */
  readonly thingsOf: readonly (readonly number[])[];
  readonly neighbours: readonly (readonly number[])[];
  /** With nothing failed. */
  readonly partOf: readonly number[];
  readonly found: Map<string, readonly string[]>;
}

interface Edge {
  readonly one: number;
  readonly other: number;
  /** Numbers of the things that either point belongs to. */
  readonly touches: readonly number[];
}

export function singlePoints(paths: Paths): SinglePoints {
  const things = [...paths.things];
  const thingsOf: number[][] = Array.from({ length: paths.points }, () => []);
  things.forEach(([, points], thing) => {
    for (const point of points) thingsOf[point]?.push(thing);
  });
  const neighbours: number[][] = Array.from({ length: paths.points }, () => []);
  const union = rollingUnion(paths.points, paths.ends);
  for (const [one, other] of paths.edges) {
    neighbours[one]?.push(other);
    neighbours[other]?.push(one);
    union.join(one, other);
  }
  const partOf = Array.from({ length: paths.points }, (_, point) => union.rootOf(point));
  union.rollBack(0);
  const search: Search = { paths, things, union, thingsOf, neighbours, partOf, found: new Map() };
  const edges = paths.edges.map(([one, other]): Edge => {
    return { one, other, touches: [...new Set([...(thingsOf[one] ?? []), ...(thingsOf[other] ?? [])])] };
  });
  descend(search, edges, 0, things.length);
  return search.found;
}

/** Tries the things from `first` to before `end`; `edges` are those that are not joined yet. As deep as log₂ of the things. */
function descend(search: Search, edges: readonly Edge[], first: number, end: number): void {
  const before = search.union.joins();
  const left: Edge[] = [];
  for (const edge of edges) {
    if (edge.touches.some((thing) => thing >= first && thing < end)) left.push(edge);
    else search.union.join(edge.one, edge.other);
  }
  const middle = (first + end) >>> 1;
  if (middle === first) judge(search, first);
  else {
    descend(search, left, first, middle);
    descend(search, left, middle, end);
  }
  search.union.rollBack(before);
}

/** What fell apart lies beside the thing: its neighbours are asked which part they are in now, and were in before. */
function judge({ paths, union, thingsOf, neighbours, partOf, things, found }: Search, thing: number): void {
  const [id, points] = things[thing] ?? ['', []];
  const pieces = new Map<number, Set<number>>();
  for (const point of points) {
    for (const neighbour of neighbours[point] ?? []) {
      if (thingsOf[neighbour]?.includes(thing) === true) continue;
      const root = union.rootOf(neighbour);
      if (union.endsAt(root) === 0) continue;
      const part = partOf[neighbour] ?? neighbour;
      pieces.set(part, (pieces.get(part) ?? new Set()).add(root));
    }
  }
  const cutOff = new Set<string>();
  for (const roots of pieces.values()) for (const end of withoutGreatest([...roots], union, paths)) cutOff.add(end);
  if (cutOff.size > 0) found.set(id, [...cutOff].sort());
}

/** The ends in all pieces but the one with most of them; of several such, but the one with the first name. */
function withoutGreatest(roots: readonly number[], union: RollingUnion, paths: Paths): readonly string[] {
  const most = Math.max(...roots.map((root) => union.endsAt(root)));
  const greatest = roots.filter((root) => union.endsAt(root) === most);
  const rest = roots.filter((root) => union.endsAt(root) < most).flatMap((root) => namesIn(root, union, paths));
  if (greatest.length < 2) return rest;
  const named = greatest.map((root) => namesIn(root, union, paths)).sort((a, b) => compareText(a[0] ?? '', b[0] ?? ''));
  return [...rest, ...named.slice(1).flat()];
}

function namesIn(root: number, union: RollingUnion, { ends }: Paths): readonly string[] {
  return union
    .membersOf(root)
    .flatMap((point) => ends.get(point) ?? [])
    .sort();
}
