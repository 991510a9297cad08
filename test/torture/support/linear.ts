/**
 * Whether what several clients were told can have come about one after another: for every operation there is a moment between
 * its call and its return at which it took place, and in the order of these moments every answer is right (Herlihy and Wing,
 * "Linearizability", 1990; searched as in Wing and Gong, "Testing and verifying concurrent objects", 1993).
 */

export interface Operation<State> {
  readonly name: string;
  readonly calledMs: number;
  readonly returnedMs: number;
  /** The states that it can lead to from this one, with the answer that was given; none where the answer cannot be. */
  readonly step: (state: State) => readonly State[];
}

/** An order that explains all answers, ending in a state that `accept` takes; `null` where there is none. */
export function explain<State>(
  operations: readonly Operation<State>[],
  first: State,
  accept: (state: State) => boolean,
): readonly string[] | null {
  const seen = new Set<string>();
  const search = (left: readonly Operation<State>[], state: State): readonly string[] | null => {
    if (left.length === 0) return accept(state) ? [] : null;
    const key = `${left.map((each) => operations.indexOf(each)).join(',')} ${JSON.stringify(state)}`;
    if (seen.has(key)) return null;
    seen.add(key);
    // Nothing can come before what had returned before it was called.
    const earliestReturnMs = Math.min(...left.map((each) => each.returnedMs));
    for (const next of left.filter((each) => each.calledMs <= earliestReturnMs)) {
      for (const after of next.step(state)) {
        const rest = search(
          left.filter((each) => each !== next),
          after,
        );
        if (rest !== null) return [next.name, ...rest];
      }
    }
    return null;
  };
  return search(operations, first);
}
