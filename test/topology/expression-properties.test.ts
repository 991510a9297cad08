import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Value } from '../../server/topology/expression/value.ts';
import { NAMES, workOut } from './support/work-out.ts';

/** An expression as a drawing: what it is written as, and what it is worth, worked out with unbounded integers. */
interface Sketch {
  readonly text: string;
  readonly worth: () => bigint | boolean | string;
}

class NoValue extends Error {}

const LIMIT = BigInt(Number.MAX_SAFE_INTEGER);

function bounded(value: bigint): bigint {
  if (value > LIMIT || value < -LIMIT) throw new NoValue();
  return value;
}

function numberIn(sketch: Sketch): bigint {
  const worth = sketch.worth();
  if (typeof worth !== 'bigint') throw new NoValue();
  return worth;
}

function truthIn(sketch: Sketch): boolean {
  const worth = sketch.worth();
  if (typeof worth !== 'boolean') throw new NoValue();
  return worth;
}

const ARITHMETIC: Readonly<Record<string, (left: bigint, right: bigint) => bigint | boolean>> = {
  '-': (left, right) => bounded(left - right),
  '*': (left, right) => bounded(left * right),
  '/': (left, right) => {
    if (right === 0n) throw new NoValue();
    return left / right;
  },
  '%': (left, right) => {
    if (right === 0n) throw new NoValue();
    return left % right;
  },
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

function joinedBy(sign: string, left: Sketch, right: Sketch): Sketch {
  const text = `(${left.text}) ${sign} (${right.text})`;
  const worth = (): bigint | boolean | string => {
    const rule = ARITHMETIC[sign];
    if (rule !== undefined) {
      const first = left.worth();
      const second = right.worth();
      if (typeof first !== 'bigint' || typeof second !== 'bigint') throw new NoValue();
      return rule(first, second);
    }
    if (sign === '&&') return truthIn(left) ? truthIn(right) : false;
    if (sign === '||') return truthIn(left) ? true : truthIn(right);
    const [first, second] = [left.worth(), right.worth()];
    if (sign === '+') {
      if (typeof first === 'boolean' || typeof second === 'boolean') throw new NoValue();
      return typeof first === 'bigint' && typeof second === 'bigint'
        ? bounded(first + second)
        : `${String(first)}${String(second)}`;
    }
    if (typeof first !== typeof second) throw new NoValue();
    return (first === second) === (sign === '==');
  };
  return { text, worth };
}

const leaf: fc.Arbitrary<Sketch> = fc.oneof(
  fc.oneof(fc.nat(20), fc.maxSafeNat()).map((value) => ({ text: String(value), worth: () => BigInt(value) })),
  fc.constantFrom('a', 'b c', '}').map((value) => ({ text: `'${value}'`, worth: () => value })),
  fc.boolean().map((value) => ({ text: String(value), worth: () => value })),
  fc.constantFrom(...Object.entries(NAMES)).map(([name, value]) => ({
    text: name,
    worth: () => (typeof value === 'number' ? BigInt(value) : value),
  })),
);

const sketches = fc.letrec<{ sketch: Sketch }>((tie) => ({
  sketch: fc.oneof(
    { maxDepth: 5, depthSize: 'medium' },
    { weight: 2, arbitrary: leaf },
    {
      weight: 5,
      arbitrary: fc
        .tuple(
          fc.constantFrom('+', '-', '*', '/', '%', '<', '<=', '>', '>=', '==', '!=', '&&', '||'),
          tie('sketch'),
          tie('sketch'),
        )
        .map(([sign, left, right]) => joinedBy(sign, left, right)),
    },
    {
      weight: 1,
      arbitrary: tie('sketch').map((inner) => ({ text: `-(${inner.text})`, worth: () => -numberIn(inner) })),
    },
    {
      weight: 1,
      arbitrary: tie('sketch').map((inner) => ({ text: `!(${inner.text})`, worth: () => !truthIn(inner) })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('sketch'), tie('sketch'), tie('sketch')).map(([condition, yes, no]) => ({
        text: `(${condition.text}) ? ${yes.text} : (${no.text})`,
        worth: () => (truthIn(condition) ? yes.worth() : no.worth()),
      })),
    },
  ),
})).sketch;

function worthOf({ worth }: Sketch): Value | undefined {
  try {
    const value = worth();
    return typeof value === 'bigint' ? Number(value) : value;
  } catch (error) {
    if (error instanceof NoValue) return undefined;
    throw error;
  }
}

test('whatever is written, the value is that of unbounded integers, or none', () => {
  let valued = 0;
  fc.assert(
    fc.property(
      sketches.filter(({ text }) => text.length < 900),
      (sketch) => {
        const worth = worthOf(sketch);
        const answer = workOut(`\${${sketch.text}}`);
        if (worth === undefined) expect(answer).toMatchObject({ code: 'expression-fails' });
        else {
          valued += 1;
          expect(answer).toEqual({ value: worth });
        }
      },
    ),
    { numRuns: 3_000, seed: 20_261_121 },
  );
  expect(valued).toBeGreaterThan(500);
});

test('signs bind as their table says: without brackets the same as with them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(9), { minLength: 4, maxLength: 4 }),
      fc.constantFrom('+', '-', '*', '%', '/'),
      fc.constantFrom('+', '-', '*', '%', '/'),
      ([a, b, c], first, second) => {
        const weak = (sign: string) => '+-'.includes(sign);
        const bare = workOut(`\${${String(a)} ${first} ${String(b)} ${second} ${String(c)}}`);
        const left = !(weak(first) && !weak(second));
        const bracketed = left
          ? `\${(${String(a)} ${first} ${String(b)}) ${second} ${String(c)}}`
          : `\${${String(a)} ${first} (${String(b)} ${second} ${String(c)})}`;
        const same = workOut(bracketed);
        if ('value' in same) expect(bare).toEqual(same);
        else expect(bare).toMatchObject({ code: same.code });
      },
    ),
    { seed: 20_261_121 },
  );
  expect(workOut('${no || yes && 1 + 1 * 2 < 4 == true}')).toEqual({ value: true });
});

test('any text is read without throwing, and what is wrong has a place in it', () => {
  const piece = fc.oneof(
    fc.constantFrom(...'${}()?:!<>=&|+-*/%,\'" '.split(''), '${', '$${', 'n', 'site', 'subnet(', '10', "'10.0.0.0/8'"),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      const answer = workOut(text);
      if ('value' in answer) return;
      expect(answer.offset).toBeGreaterThanOrEqual(0);
      expect(answer.offset).toBeLessThanOrEqual(text.length);
      expect(answer.detail).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }),
    { numRuns: 5_000, seed: 20_261_121 },
  );
});
