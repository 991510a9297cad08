/** Sets of a few small fields, each operation against the same one on lists of packets. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL, Diagrams, NONE, TooComplex } from '../../server/reach/sets/diagrams.ts';
import type { PacketSet } from '../../server/reach/sets/diagrams.ts';
import { rangesOf } from '../../server/reach/sets/fields.ts';

const SIZES = [5, 1, 8, 3];
const PACKETS = SIZES.reduce<readonly (readonly number[])[]>(
  (list, size) => list.flatMap((packet) => Array.from({ length: size }, (_, value) => [...packet, value])),
  [[]],
);

type Recipe =
  | { readonly field: number; readonly values: readonly number[] }
  | { readonly operation: 'and' | 'or' | 'xor' | 'minus'; readonly a: Recipe; readonly b: Recipe }
  | { readonly operation: 'without' | 'fixed'; readonly a: Recipe; readonly field: number; readonly value: number };

const recipe = fc.letrec<{ set: Recipe; leaf: Recipe; pair: Recipe; one: Recipe }>((tie) => ({
  set: fc.oneof({ maxDepth: 5 }, tie('leaf'), tie('pair'), tie('one')),
  leaf: fc
    .nat(3)
    .chain((field) => fc.record({ field: fc.constant(field), values: fc.array(fc.nat((SIZES[field] ?? 1) - 1)) })),
  pair: fc.record({ operation: fc.constantFrom('and', 'or', 'xor', 'minus'), a: tie('set'), b: tie('set') }),
  one: fc.nat(3).chain((field) =>
    fc.record({
      operation: fc.constantFrom('without', 'fixed'),
      a: tie('set'),
      field: fc.constant(field),
      value: fc.nat((SIZES[field] ?? 1) - 1),
    }),
  ),
})).set;

function build(diagrams: Diagrams, made: Recipe): PacketSet {
  if (!('operation' in made)) {
    const block = diagrams.blocks[made.field];
    return block === undefined ? NONE : diagrams.classes(block, rangesOf(made.values));
  }
  const a = build(diagrams, made.a);
  if ('b' in made) return diagrams[made.operation](a, build(diagrams, made.b));
  const block = diagrams.blocks[made.field];
  if (block === undefined) return NONE;
  return made.operation === 'without' ? diagrams.without(a, block) : diagrams.fixed(a, block, made.value);
}

function has(made: Recipe, packet: readonly number[]): boolean {
  if (!('operation' in made)) return made.values.includes(packet[made.field] ?? 0);
  const a = has(made.a, packet);
  switch (made.operation) {
    case 'and':
      return a && has(made.b, packet);
    case 'or':
      return a || has(made.b, packet);
    case 'xor':
      return a !== has(made.b, packet);
    case 'minus':
      return a && !has(made.b, packet);
    case 'fixed':
      return has(made.a, packet.with(made.field, made.value));
    case 'without':
      return Array.from({ length: SIZES[made.field] ?? 0 }, (_, value) => packet.with(made.field, value)).some((each) =>
        has(made.a, each),
      );
  }
}

describe('a set of packets', () => {
  it('has the packets that the same operations on lists leave', () => {
    fc.assert(
      fc.property(recipe, (made) => {
        const diagrams = new Diagrams(SIZES);
        const set = build(diagrams, made);
        const wrong = PACKETS.find((packet) => diagrams.holds(set, packet) !== has(made, packet));
        expect(wrong).toBeUndefined();
      }),
      { numRuns: 400, seed: 20_261 },
    );
  });
  it('has one number, however it was made', () => {
    fc.assert(
      fc.property(recipe, recipe, (a, b) => {
        const diagrams = new Diagrams([4, 1, 8, 2]);
        const [left, right] = [build(diagrams, a), build(diagrams, b)];
        expect(diagrams.not(diagrams.and(left, right))).toBe(diagrams.or(diagrams.not(left), diagrams.not(right)));
        expect(diagrams.xor(left, right) === NONE).toBe(left === right);
      }),
      { numRuns: 200, seed: 20_262 },
    );
  });
  it('gives back what was made since a mark', () => {
    const diagrams = new Diagrams([1024, 1024]);
    const [one, other] = diagrams.blocks;
    if (one === undefined || other === undefined) throw new Error('two blocks');
    const kept = diagrams.classes(one, [[3, 17]]);
    const mark = diagrams.mark();
    diagrams.and(kept, diagrams.classes(other, [[5, 900]]));
    expect(diagrams.nodes).toBeGreaterThan(mark);
    diagrams.release(mark);
    expect(diagrams.nodes).toBe(mark);
    expect(diagrams.classes(one, [[3, 17]])).toBe(kept);
    expect(diagrams.or(kept, diagrams.not(kept))).toBe(ALL);
  });
  it('says that it is too complex where it would grow past its budget', () => {
    const diagrams = new Diagrams([65_536, 65_536], 500);
    const [one, other] = diagrams.blocks;
    if (one === undefined || other === undefined) throw new Error('two blocks');
    expect(() => {
      let set: PacketSet = NONE;
      for (let value = 0; value < 500; value += 1) {
        const at = diagrams.and(
          diagrams.classes(one, [[value * 101, value * 101]]),
          diagrams.classes(other, [[value * 7, value * 7]]),
        );
        set = diagrams.or(set, at);
      }
    }).toThrow(TooComplex);
  });
});
