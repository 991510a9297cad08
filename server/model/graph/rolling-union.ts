/** Disjoint sets of numbered points that forget their last unions again (union by size, no shortening of ways). */
export interface RollingUnion {
  readonly join: (one: number, other: number) => void;
  readonly rootOf: (point: number) => number;
  /** How many ends are in the set of this root. */
  readonly endsAt: (root: number) => number;
  /** All points in the set of this root. */
  readonly membersOf: (root: number) => readonly number[];
  /** To hand to `rollBack`, which takes back all unions since. */
  readonly joins: () => number;
  readonly rollBack: (joins: number) => void;
}

export function rollingUnion(points: number, ends: { readonly has: (point: number) => boolean }): RollingUnion {
  const parents = Int32Array.from({ length: points }, (_, point) => point);
  const sizes = new Int32Array(points).fill(1);
  const endCounts = Int32Array.from({ length: points }, (_, point) => (ends.has(point) ? 1 : 0));
  // The points of a set are a ring; to swap two successors makes one ring of two, and two of one again.
  const next = Int32Array.from({ length: points }, (_, point) => point);
  const lost: number[] = [];
  const at = (list: Int32Array, index: number): number => list[index] ?? 0;

  const rootOf = (point: number): number => {
    let root = point;
    for (let up = at(parents, root); up !== root; up = at(parents, root)) root = up;
    return root;
  };
  const swapNext = (one: number, other: number): void => {
    const after = at(next, one);
    next[one] = at(next, other);
    next[other] = after;
  };
  const join = (one: number, other: number): void => {
    let [great, small] = [rootOf(one), rootOf(other)];
    if (great === small) return;
    if (at(sizes, great) < at(sizes, small)) [great, small] = [small, great];
    parents[small] = great;
    sizes[great] = at(sizes, great) + at(sizes, small);
    endCounts[great] = at(endCounts, great) + at(endCounts, small);
    swapNext(great, small);
    lost.push(small);
  };
  const rollBack = (joins: number): void => {
    while (lost.length > joins) {
      const small = lost.pop() ?? 0;
      const great = at(parents, small);
      parents[small] = small;
      sizes[great] = at(sizes, great) - at(sizes, small);
      endCounts[great] = at(endCounts, great) - at(endCounts, small);
      swapNext(great, small);
    }
  };
  const membersOf = (root: number): readonly number[] => {
    const members = [root];
    for (let point = at(next, root); point !== root; point = at(next, point)) members.push(point);
    return members;
  };
  return { join, rootOf, endsAt: (root) => at(endCounts, root), membersOf, joins: () => lost.length, rollBack };
}
