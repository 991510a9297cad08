/** Whatever stands in templates: reading never throws, ends soon, and what it tells has a place in one of the files. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { diagnosticsText } from '../../server/core/diagnostic-text.ts';
import { hasErrors } from '../../server/core/diagnostic.ts';
import { compileText } from '../../server/model/compile-file.ts';

const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const MEMBERS = ['code', 'column', 'detail', 'file', 'hint', 'line', 'related', 'severity', 'summary'];

const expression = fc.constantFrom(
  '${n}',
  '${a}-${n}',
  'x${n + 1}',
  '${n * 4000}',
  "${n % 2 == 0 ? 'h' : 'hh'}",
  "${subnet('10.0.0.0/8', 24, n)}",
  "${address('10.0.0.0/24', n)}",
  "${address('10.0.0.0/24', n * 200)}",
  '${n / 0}',
  '${missing}',
  '${',
  '$${n}',
  '${__proto__}',
  "${'\u202e\u001b[31m'}",
  '1..${n}',
);
const word = fc.oneof(
  { weight: 3, arbitrary: expression },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'h',
      'lan',
      'a',
      'b',
      '10.0.0.7',
      '10.0.0.0/24',
      'local',
      '80/tcp',
      'any',
      '__proto__',
      'toString',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
);
const scalar = fc.oneof(word, fc.integer({ min: -3, max: 300 }), fc.boolean(), fc.constant(null));
const mapOf = (value: fc.Arbitrary<unknown>) =>
  fc.array(fc.tuple(word, value), { maxLength: 3 }).map((pairs) => new Map(pairs));
const some = (keys: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.record(keys, { requiredKeys: [] }).map((parts) => new Map(Object.entries(parts)));

const sections = {
  networks: mapOf(some({ vlan: scalar, subnet: fc.oneof(word, fc.array(word, { maxLength: 2 })) })),
  hosts: mapOf(
    some({ access: fc.constantFrom('local', '${a}'), bridges: mapOf(some({ networks: word })), nics: mapOf(word) }),
  ),
  guests: mapOf(some({ on: word, nics: mapOf(word), listens: fc.array(word, { maxLength: 2 }) })),
  gateways: mapOf(some({ on: word, nics: mapOf(some({ shared: word })) })),
  policy: fc.array(some({ allow: word, from: word, to: word }), { maxLength: 2 }),
};
const range = fc.oneof(
  fc.constantFrom('1..3', '0..1', '1..${n}', '5..1', '1..0', '1..1000000000', 'n', 7, null),
  fc.array(scalar, { maxLength: 3 }),
);
const uses = fc.array(
  fc.oneof(
    fc.constantFrom('part.yaml', './part.yaml', 'other.yaml', 'none.yaml', '/part.yaml', '${a}.yaml', ''),
    some({ file: fc.constantFrom('part.yaml', 'other.yaml', '${n}.yaml'), with: mapOf(scalar), wiht: scalar }),
  ),
  { maxLength: 3 },
);
const { content } = fc.letrec<{ content: unknown; loops: unknown }>((tie) => ({
  content: some({ ...sections, for: tie('loops'), use: uses }),
  loops: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constant([]),
    fc.array(
      fc
        .tuple(
          tie('content'),
          fc.array(fc.tuple(fc.constantFrom('n', 'a', 'b', 'm', 'guest', '__proto__'), range), { maxLength: 2 }),
        )
        .map(([inner, variables]) => new Map([...variables, ...(inner as Map<string, unknown>)])),
      { maxLength: 2 },
    ),
  ),
}));
const parameters = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ n: 2, a: 'b' }) },
  { weight: 1, arbitrary: mapOf(scalar) },
);
const file = fc
  .tuple(content, fc.option(parameters, { nil: undefined }))
  .map(
    ([inner, declared]) =>
      new Map([['topology', 'shop'], ...(inner as Map<string, unknown>), ['parameters', declared]]),
  );

test('random templates', () => {
  let repeated = 0;
  let used = 0;
  fc.assert(
    fc.property(file, file, file, (root, part, other) => {
      const texts = new Map([
        ['shop.yaml', stringify(root)],
        ['part.yaml', stringify(part)],
        ['other.yaml', stringify(other)],
      ]);
      const text = texts.get('shop.yaml') ?? '';
      const readPart = (name: string) => {
        const found = texts.get(name);
        return found === undefined ? { reason: 'It is not there.', hint: 'write it' } : { text: found };
      };
      const { model, diagnostics, sources } = compileText({ file: 'shop.yaml', text }, { readPart });
      expect(model === null).toBe(hasErrors(diagnostics));
      const messages = diagnostics.flatMap(({ related }) => related.map(({ message }) => message));
      if (messages.some((message) => message.startsWith('with '))) repeated += 1;
      if (messages.some((message) => message.startsWith('used here'))) used += 1;
      for (const each of diagnostics) {
        expect(Object.keys(each).sort()).toEqual(MEMBERS);
        for (const place of [each, ...each.related]) {
          const source = sources.find((one) => one.file === place.file)?.text;
          if (source === undefined) throw new Error(`no source for ${place.file}`);
          expect(place.line).toBeGreaterThanOrEqual(1);
          expect(place.line).toBeLessThanOrEqual(source.split('\n').length);
          expect(place.column).toBeGreaterThanOrEqual(1);
        }
        expect(`${each.detail}${each.hint ?? ''}${each.related.map(({ message }) => message).join('')}`).not.toMatch(
          UNSAFE,
        );
      }
      expect(diagnosticsText(diagnostics, { sourceOf: (name) => texts.get(name) })).not.toMatch(UNSAFE);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 700), seed: 20_261_121 },
  );
  // Templates were carried out, and not only refused.
  expect(repeated).toBeGreaterThan(20);
  expect(used).toBeGreaterThan(20);
});
