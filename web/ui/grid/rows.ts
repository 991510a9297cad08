/** What a table shows of its rows: pure, so that ten thousand are sorted and filtered the same everywhere. */

/** A column of a table. `text` is what is shown, searched and, unless `order` says otherwise, sorted by. */
export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** In pixels, at first. */
  readonly width: number;
  readonly text: (row: Row) => string;
  readonly order?: (row: Row) => number;
}

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

const NATURAL = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Rows that are alike keep their order. */
export function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | null): readonly Row[] {
  const column = columns.find(({ id }) => id === sort?.column);
  if (sort === null || column === undefined) return rows;
  const { text, order } = column;
  const sign = sort.descending ? -1 : 1;
  // What is sorted by is computed once a row, not once a comparison.
  if (order !== undefined)
    return rows
      .map((row) => [order(row), row] as const)
      .sort(([a], [b]) => sign * (a - b))
      .map(([, row]) => row);
  return rows
    .map((row) => [text(row), row] as const)
    .sort(([a], [b]) => sign * NATURAL.compare(a, b))
    .map(([, row]) => row);
}

/** Rows that hold every word somewhere, whatever its case. */
export function filtered<Row>(rows: readonly Row[], columns: readonly Column<Row>[], search: string): readonly Row[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const all = columns.map(({ text }) => text(row).toLowerCase()).join('\n');
    return words.every((word) => all.includes(word));
  });
}

/** A click on a head: ascending, descending, and as it came. */
export function nextSort(sort: Sort | null, column: string): Sort | null {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? null : { column, descending: true };
}

/** `severity`, `-severity` as an address has it. */
export function sortText(sort: Sort | null): string | null {
  return sort === null ? null : `${sort.descending ? '-' : ''}${sort.column}`;
}

export function parseSort(text: string | undefined): Sort | null {
  if (text === undefined || text === '') return null;
  return text.startsWith('-') ? { column: text.slice(1), descending: true } : { column: text, descending: false };
}

/** Where a key leads to from a row; `null`: it is no key of a table. */
export function rowAfter(key: string, at: number, count: number, page: number): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: count - 1,
  };
  const next = Object.hasOwn(steps, key) ? steps[key] : undefined;
  return next === undefined || count === 0 ? null : Math.min(count - 1, Math.max(0, next));
}
