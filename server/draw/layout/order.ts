/** Order as people count: `vm2` before `vm10`. Equal only for equal text, so that every sort has one result. */
export function compareNaturally(left: string, right: string): number {
  return comparePieces(piecesOf(left), piecesOf(right)) || compareText(left, right);
}

/** In the order of `compareNaturally` of a text of each, each text being taken apart once: for thousands. Equal ones keep theirs. */
export function sortedNaturally<T>(items: readonly T[], textOf: (item: T) => string): T[] {
  const keyed = items.map((item) => {
    const text = textOf(item);
    return { item, text, pieces: piecesOf(text) };
  });
  keyed.sort((a, b) => comparePieces(a.pieces, b.pieces) || compareText(a.text, b.text));
  return keyed.map(({ item }) => item);
}

function piecesOf(text: string): readonly string[] {
  return text.match(/\d+|\D+/g) ?? [];
}

function comparePieces(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const order = compareParts(a[index] ?? '', b[index] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareParts(a: string, b: string): number {
  if (a === b) return 0;
  if (!/^\d/.test(a) || !/^\d/.test(b)) return compareText(a, b);
  const [x, y] = [a.replace(/^0+(?=\d)/, ''), b.replace(/^0+(?=\d)/, '')];
  return x.length - y.length || compareText(x, y);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
