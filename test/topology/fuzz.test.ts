/** Anything at all may be in a file: text, signs and trees that nobody would write, and a mebibyte of each. */
import fc from 'fast-check';
import { test } from 'vitest';
import { stringify } from 'yaml';
import { checkText, FUZZ_LIMIT_MS, fuzzed } from '../support/fuzz.ts';

const KEYS =
  'topology description networks hosts guests gateways policy expect vlan subnet router external transport vni underlay access bridges nics ports fabric on listens runs mac address shared default nat masquerade publish allow deny from to log reject reaches for use parameters dhcp auto __proto__ constructor toString hasOwnProperty <<'.split(
    ' ',
  );
const VALUES =
  'shop web1 internet any icmp local auto vxlan 443/tcp 53 8000-8100/udp 10.1.1.0/24 10.1.1.1 2001:db8::1 ssh://root@h 443/tcp->web1:80 [2001:db8::1]:25/tcp shop->wan 02:00:00:00:00:01 ${n} *x &y !z app-* $(reboot) ;flush'.split(
    ' ',
  );
const HOSTILE = [
  '\u0000',
  '\u001b[31m',
  '\u202e',
  '\ud800',
  '<script>',
  "';--",
  '../..',
  '\n',
  '\t',
  ' ',
  '"',
  '`',
  '\\',
];

const word = fc.oneof(
  fc.constantFrom(...KEYS),
  fc.constantFrom(...VALUES),
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const scalar = fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.constantFrom(...VALUES));
const tree = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('node'), { maxLength: 4 }),
    fc
      .array(
        fc.tuple(
          fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...KEYS) }, { weight: 1, arbitrary: word }),
          tie('node'),
        ),
        { maxLength: 6 },
      )
      .map((pairs) => new Map(pairs)),
  ),
})).node;

/** Trees that look like topologies, so that the inner schemas are reached. */
const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('shop', 'web1', 'gw-x', 'constructor') },
  { weight: 1, arbitrary: word },
);
const mapOf = (value: fc.Arbitrary<unknown>) =>
  fc.array(fc.tuple(name, value), { maxLength: 3 }).map((pairs) => new Map(pairs));
const file = fc
  .record(
    {
      topology: name,
      networks: mapOf(fc.oneof(tree, fc.record({ vlan: scalar, subnet: scalar, router: tree }, { requiredKeys: [] }))),
      hosts: mapOf(
        fc.record(
          {
            access: scalar,
            bridges: mapOf(fc.record({ ports: tree, networks: tree }, { requiredKeys: [] })),
            nics: mapOf(tree),
          },
          { requiredKeys: [] },
        ),
      ),
      guests: mapOf(fc.record({ on: scalar, nics: mapOf(tree), listens: fc.array(scalar) }, { requiredKeys: [] })),
      gateways: mapOf(
        fc.record(
          { on: scalar, nics: mapOf(tree), nat: fc.record({ masquerade: fc.array(scalar), publish: fc.array(tree) }) },
          { requiredKeys: ['on'] },
        ),
      ),
      policy: fc.array(fc.record({ allow: tree, from: tree, to: scalar }, { requiredKeys: [] })),
      expect: fc.array(tree),
    },
    { requiredKeys: [] },
  )
  .map((parts) => new Map(Object.entries(parts)));

test(
  'random text',
  () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 400 }),
          fc.array(word).map((words) => words.join(' ')),
        ),
        (text) => {
          checkText(text);
        },
      ),
      fuzzed(7),
    );
  },
  FUZZ_LIMIT_MS,
);

test(
  'random lines of YAML signs',
  () => {
    const sign = fc.constantFrom(
      ...'[]{},:-?&*!|>\'"%@`#\n\t ~='.split(''),
      '---',
      '...',
      ': ',
      '- ',
      '&a ',
      '*a',
      '<<: ',
      '\n  ',
      '%YAML 1.1\n',
      '|2-\n',
      ...KEYS,
    );
    fc.assert(
      fc.property(
        fc.array(sign, { maxLength: 80 }).map((signs) => signs.join('')),
        (text) => {
          checkText(text);
        },
      ),
      fuzzed(7),
    );
  },
  FUZZ_LIMIT_MS,
);

test(
  'random trees',
  () => {
    fc.assert(
      fc.property(
        fc.oneof(tree, file).map((value) => stringify(value)),
        (text) => {
          checkText(text);
        },
      ),
      fuzzed(6),
    );
  },
  FUZZ_LIMIT_MS,
);

test.each([
  ['brackets', '['.repeat(1 << 20)],
  ['braces', '{a: '.repeat(1 << 18)],
  ['dashes', '- '.repeat(1 << 19)],
  ['quotes', '"'.repeat(1 << 20)],
  ['commas', `[${','.repeat((1 << 20) - 2)}]`],
  ['documents', '---\n'.repeat(1 << 18)],
  ['escapes', `"${'\\x'.repeat((1 << 19) - 2)}"`],
  [
    'anchors',
    `a:\n${Array.from({ length: 20_000 }, (_, index) => `- &a${String(index)} x\n- *a${String(index)}\n`).join('')}`,
  ],
  ['unknown keys', Array.from({ length: 70_000 }, (_, index) => `k${String(index)}: 1\n`).join('')],
  ['dots', `networks: { a: { subnet: ${'1.'.repeat(500_000)} } }`],
  ['hyphens', `hosts: { a: { access: "ssh://a@${'a-'.repeat(500_000)}" } }`],
  ['blanks', `description: "${' \t'.repeat(500_000)}x"`],
])('a mebibyte of %s', (_, text) => {
  checkText(text);
});
