/** What holds of `trunkline fmt` for any file: it says the same afterwards, no comment is lost, and a second run changes nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Document, isCollection, isScalar, visit } from 'yaml';
import { compileText } from '../../server/model/compile-file.ts';
import { formatTopology } from '../../server/topology/format/format.ts';
import { readTopology } from '../../server/topology/read.ts';
import { withoutPlaces } from '../model/support/compile-text.ts';
import { sketches, sketchText } from '../support/random-topology.ts';

const SEED = { seed: 20_261_121, numRuns: 150 };

/** Whole numbers for choices of style, used one after the other and then again from the start. */
const choices = fc.array(fc.nat(999), { minLength: 1, maxLength: 40 });

function chooser(list: readonly number[]): (below: number) => number {
  let next = 0;
  return (below) => (list[next++ % list.length] ?? 0) % below;
}

/** The same value as YAML in some style, with comments and empty lines wherever they may stand. */
function dressed(value: unknown, style: readonly number[]): { text: string; comments: readonly string[] } {
  const choose = chooser(style);
  const document = new Document(value);
  visit(document, {
    Node(_, node) {
      if (isCollection(node)) node.flow = node.items.length === 0 || choose(3) === 0;
      else if (isScalar(node) && typeof node.value === 'string')
        node.type = (['PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'] as const)[choose(3)] ?? 'PLAIN';
    },
  });
  const indent = 1 + choose(4);
  const bare = document.toString({
    lineWidth: 0,
    indent,
    indentSeq: choose(2) === 0,
    flowCollectionPadding: choose(2) === 0,
  });
  const comments: string[] = [];
  const comment = (): string => {
    const text = `# c${String(comments.length)}`;
    comments.push(text);
    return text;
  };
  // A scalar of several lines takes no comment between them: none is dressed then.
  const isSimple = bare.split('\n').every((line) => !/(: |- |^)[|>][0-9+-]*$/.test(line)) && !/\n\s*\n/.test(bare);
  if (!isSimple) return { text: bare, comments };
  const lines = bare
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const above = choose(5) === 0 ? [`${' '.repeat(choose(8))}${comment()}`] : [];
      const gap = choose(4) === 0 ? [choose(2) === 0 ? '' : '  '] : [];
      const behind = choose(4) === 0 ? `${' '.repeat(1 + choose(3))}${comment()}` : '';
      return [...(choose(2) === 0 ? [...above, ...gap] : [...gap, ...above]), `${line}${behind}`];
    });
  if (choose(3) === 0) lines.push('', comment());
  return { text: lines.join(choose(4) === 0 ? '\r\n' : '\n'), comments };
}

function commentsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|\s)(# c\d+)$/gm)].flatMap(([, found]) => found ?? []).sort();
}

const topologies = fc.oneof(sketches({ vlans: false }), sketches({ vlans: true }));

describe('a topology', () => {
  test('says the same afterwards, with every comment, and stays as it is from then on', () => {
    fc.assert(
      fc.property(topologies, choices, (sketch, style) => {
        const { text, comments } = dressed(JSON.parse(sketchText(sketch)), style);
        const file = 'shop.yaml';
        const once = formatTopology({ file, text }).text ?? '';
        expect(commentsIn(once)).toEqual([...comments].sort());
        expect(formatTopology({ file, text: once }).text).toBe(once);
        const [before, after] = [text, once].map((each) => readTopology({ file, text: each }));
        expect(before?.diagnostics).toEqual([]);
        expect(after?.diagnostics).toEqual([]);
        expect(withoutPlaces(after?.topology)).toEqual(withoutPlaces(before?.topology));
      }),
      SEED,
    );
  });

  test('makes the same Model afterwards', () => {
    fc.assert(
      fc.property(sketches({ vlans: true }), choices, (sketch, style) => {
        const { text } = dressed(JSON.parse(sketchText(sketch)), style);
        const file = 'shop.yaml';
        const once = formatTopology({ file, text }).text ?? '';
        const [before, after] = [text, once].map((each) => compileText({ file, text: each }).model);
        expect(before).not.toBeNull();
        expect(withoutPlaces(after)).toEqual(withoutPlaces(before));
      }),
      { ...SEED, numRuns: 40 },
    );
  });

  test('written as JSON stays JSON', () => {
    fc.assert(
      fc.property(topologies, fc.nat(8), (sketch, indent) => {
        const file = 'shop.json';
        const text = JSON.stringify(JSON.parse(sketchText(sketch)), null, indent);
        const once = formatTopology({ file, text }).text ?? '';
        expect(Object.keys(JSON.parse(once) as object)[0]).toBe('topology');
        expect(formatTopology({ file, text: once }).text).toBe(once);
        const [before, after] = [text, once].map((each) => readTopology({ file, text: each }));
        expect(after?.diagnostics).toEqual(before?.diagnostics);
        expect(withoutPlaces(after?.topology)).toEqual(withoutPlaces(before?.topology));
      }),
      { ...SEED, numRuns: 100 },
    );
  });
});

const SIGNS = fc.constantFrom(...Array.from(' :#,-[]{}"\'\\&*!|>%@`~=?\n\tab01'));

/** Words that YAML, addresses or the formatter itself could take for something else. */
const words = fc.oneof(
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: SIGNS, maxLength: 8 }) },
  fc.constantFrom('yes', 'on', '', '~', 'null', '010', '1e3', '0x1f', '1:30', '.inf', '2026-01-01', '<<', '---', '...'),
  fc.constantFrom(
    '2001:DB8::1',
    '2001:db8::/32',
    '02:00:00:00:00:0A',
    '${n}',
    '# no',
    'a: b',
    'a #b',
    '\u202e',
    '\u2028',
  ),
);
const keys = fc.oneof(
  words,
  fc.constantFrom('networks', 'hosts', 'policy', 'for', 'topology', 'description', '__proto__'),
);
const trees = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    words,
    fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true })),
    fc.array(tie('tree'), { maxLength: 4 }),
    // As a Map: `__proto__` is a key like any other.
    fc.array(fc.tuple(keys, tie('tree')), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
})).tree;

describe('anything that YAML can say', () => {
  test('is said again in normal form, or told of', () => {
    let formatted = 0;
    fc.assert(
      fc.property(trees, choices, (tree, style) => {
        const { text, comments } = dressed(tree, style);
        const file = 'any.yaml';
        // Throws where the reader would read something else afterwards, or a comment is gone.
        const { text: once, diagnostics } = formatTopology({ file, text });
        if (once === null) {
          expect(diagnostics.length).toBeGreaterThan(0);
          return;
        }
        formatted += 1;
        expect(commentsIn(once).length).toBeGreaterThanOrEqual(comments.length);
        expect(formatTopology({ file, text: once }).text).toBe(once);
      }),
      { ...SEED, numRuns: 1_500 },
    );
    expect(formatted).toBeGreaterThan(700);
  });

  test('nothing that is no YAML is touched', () => {
    fc.assert(
      fc.property(fc.string({ unit: SIGNS, maxLength: 60 }), (text) => {
        const { text: once } = formatTopology({ file: 'any.yaml', text });
        if (once !== null) expect(formatTopology({ file: 'any.yaml', text: once }).text).toBe(once);
      }),
      { ...SEED, numRuns: 5_000 },
    );
  });
});
