/** Lists of spans: what two have in common, and what is left of one. Both sorted, as they come out of sets. */
import type { Span } from '../rules/ruleset.ts';

export function common(one: readonly Span[], other: readonly Span[]): readonly Span[] {
  return one.flatMap(({ first, last }) =>
    other.flatMap((each): readonly Span[] => {
      const [low, high] = [first > each.first ? first : each.first, last < each.last ? last : each.last];
      return low > high ? [] : [{ first: low, last: high }];
    }),
  );
}

export function without(list: readonly Span[], gone: readonly Span[]): readonly Span[] {
  return gone.reduce<readonly Span[]>(
    (left, each) =>
      left.flatMap((span): readonly Span[] => {
        if (each.last < span.first || each.first > span.last) return [span];
        const before = each.first > span.first ? [{ first: span.first, last: each.first - 1n }] : [];
        const after = each.last < span.last ? [{ first: each.last + 1n, last: span.last }] : [];
        return [...before, ...after];
      }),
    list,
  );
}

/** Sorted, and what touches is one. */
export function joined(spans: readonly Span[]): readonly Span[] {
  const found: Span[] = [];
  for (const span of spans.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const before = found.at(-1);
    if (before === undefined || span.first > before.last + 1n) found.push(span);
    else if (span.last > before.last) found[found.length - 1] = { first: before.first, last: span.last };
  }
  return found;
}

export function sameSpans(one: readonly Span[], other: readonly Span[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ first, last }, at) => first === other[at]?.first && last === other[at].last)
  );
}
