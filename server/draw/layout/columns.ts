/** Lanes that something covers, both inclusive. Lane -1 is the head row of a host, where its ports are. */
export interface Span {
  readonly first: number;
  readonly last: number;
  readonly width: number;
}

export interface Columns {
  /** For each item, in the order given, the column that it stands in. */
  readonly column: readonly number[];
  readonly widths: readonly number[];
}

/** Packs things that stand over lanes into as few columns as the order allows: what covers different lanes may share one. */
export function packColumns(spans: readonly Span[]): Columns {
  const taken: Span[][] = [];
  const column = spans.map((span) => {
    const free = taken.findIndex((others) =>
      others.every((other) => other.last < span.first || span.last < other.first),
    );
    const index = free === -1 ? taken.push([]) - 1 : free;
    taken[index]?.push(span);
    return index;
  });
  return { column, widths: taken.map((spansHere) => Math.max(...spansHere.map((span) => span.width))) };
}
