import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, sameJson } from '../../server/core/json.ts';

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(0, 1, 'a', 'b', '"\n\u0001', true, null, undefined),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', '10', '9'), tie('any'), { maxKeys: 3 }),
  ),
})).any;

test('equal values have one text, and nothing else has', () => {
  fc.assert(
    fc.property(value, value, (one, other) => {
      expect(sameJson(one, other)).toBe(canonicalJson(one) === canonicalJson(other));
      expect(sameJson(one, structuredClone(one))).toBe(true);
    }),
    { seed: 1, numRuns: 3000 },
  );
});

test('the text is JSON of the same value, with sorted keys', () => {
  fc.assert(
    fc.property(value, (one) => {
      expect(JSON.parse(canonicalJson(one))).toEqual(JSON.parse(JSON.stringify(one ?? null)));
    }),
    { seed: 1, numRuns: 1000 },
  );
  expect(canonicalJson({ b: 1, a: [undefined, { d: undefined, c: '"' }] })).toBe('{"a":[null,{"c":"\\""}],"b":1}');
  expect(sameJson({ a: null }, {})).toBe(false);
  expect(sameJson({ a: undefined }, {})).toBe(true);
  expect(sameJson([1, 2], [2, 1])).toBe(false);
});
