export interface Costly {
  readonly cost: number;
}

/**
 * Asks one of each group, then a second one of each, and so on, until that has cost `most`: each group has been asked at least
 * once by then. The answers are in the order of the groups, `left` says how many were not asked.
 */
export function inTurns<T, A extends Costly>(
  groups: readonly (readonly T[])[],
  most: number,
  ask: (one: T) => A,
): { readonly answers: readonly A[]; readonly left: number } {
  const answers: A[][] = groups.map(() => []);
  let cost = 0;
  const turns = Math.max(0, ...groups.map(({ length }) => length));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [at, group] of groups.entries()) {
      const one = group[turn];
      if (one === undefined || (turn > 0 && cost >= most)) continue;
      const answer = ask(one);
      cost += answer.cost;
      answers[at]?.push(answer);
    }
  }
  const all = answers.flat();
  return { answers: all, left: groups.flat().length - all.length };
}
