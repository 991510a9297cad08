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
