/**
 * Files that are meant to do harm, through the command as it is shipped: each is refused with diagnostics and exit code 3, in
 * little memory, and nothing of it reaches the terminal as it is. The limit of time only ends what would never end.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shipCommand } from '../support/shipped-command.ts';
import type { ShippedCommand } from '../support/shipped-command.ts';

const MIB = 1024 * 1024;
const REFUSED_MB = 256;
/** Of accepted input. */
const KB_AN_OBJECT = 50;
const LIMIT_MS = 60_000;
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const STACK = /^\s+at .*:\d+:\d+/m;

let command: ShippedCommand;
beforeAll(async () => {
  command = await shipCommand();
}, 60_000);
afterAll(() => {
  command.remove();
});

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');
const filled = (text: string, before = '', after = ''): string =>
  before + text.repeat(Math.floor((MIB - before.length - after.length) / text.length)) + after;

/** A linear congruential generator: the same bytes every time. */
function randomBytes(modulus: number, first: number): Buffer {
  const bytes = Buffer.alloc(MIB);
  let state = 1;
  for (let index = 0; index < MIB; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    bytes[index] = first + ((state >>> 8) % modulus);
  }
  return bytes;
}

const HOST = 'topology: x\nhosts: { h: { access: local, bridges: { b: {} } } }\n';

const REFUSED: Readonly<Record<string, string | Buffer>> = {
  'random bytes': randomBytes(256, 0),
  'random letters and signs': randomBytes(95, 32),
  'opening brackets': filled('['),
  'opening braces': filled('{a: '),
  'empty lists': filled('[],', 'a: [', ']'),
  'small towers of lists': filled('[[[[[[[[1]]]]]]]],', 'a: [', ']'),
  'closing brackets': filled(']', 'a: 1\n'),
  'deep indentation': lines(1400, (index) => `${' '.repeat(index)}a:`),
  dashes: filled('- '),
  'tiny words': filled('1,', 'a: [', ']'),
  quotes: filled('"'),
  'quoted words side by side': filled('"a" '),
  documents: filled('---\n'),
  'line ends': filled('\n'),
  comments: filled('#\n', 'topology: x\n'),
  'keys without an end': filled('? a\n'),
  tags: filled('!x y,', 'a: [', ']'),
  'anchors and aliases': `a:\n${lines(30_000, (index) => `- &a${String(index)} x\n- *a${String(index)}`)}`,
  'an alias bomb': lines(30, (index) =>
    index === 0
      ? 'a0: &a0 [x, x, x]'
      : `a${String(index)}: &a${String(index)} [${Array(9)
          .fill(`*a${String(index - 1)}`)
          .join(', ')}]`,
  ),
  'one key': filled('k', '', ': 1'),
  'one key a thousand times': `topology: x\n${`${'k'.repeat(1000)}: 1\n`.repeat(1000)}`,
  'unknown keys': `topology: x\n${lines(80_000, (index) => `k${String(index)}: 1`)}`,
  'one line': `topology: x\nnetworks: { ${Array.from({ length: 30_000 }, (_, index) => `N_${String(index)}: { vlann: z }`).join(', ')} }`,
  'one value': filled('1.1.1.1/32, ', 'topology: x\nnetworks: { n: { subnet: [', '] } }'),
  'an endless pattern': `topology: x\nnetworks: { a: { subnet: 10.0.0.0/24 } }\npolicy: [{ allow: any, from: "${'*a'.repeat(30_000)}", to: a }]`,
  'unknown names': `topology: x\nguests:\n${lines(15_000, (index) => `  g${String(index)}: { on: nowhere${String(index)}, nics: { gone: 1.2.3.4 } }`)}`,
  'one address for all': `${HOST}networks: { n: { subnet: 10.0.0.0/24 } }\nguests:\n${lines(20_000, (index) => `  g${String(index)}: { on: h, nics: { n: 10.0.0.9 } }`)}`,
  'one subnet for all': `${HOST}networks:\n${lines(25_000, (index) => `  n${String(index)}: { subnet: 10.0.0.0/8 }`)}`,
  'networks that only a late look refuses': `${HOST}for: [{ n: 1..99000, networks: { "n-\${n}": { subnet: 10.0.0.0/24 } } }]`,
  'networks of which one is mistyped': `${HOST}for: [{ n: 1..99000, networks: { "n-\${n}": { subnet: "10.\${n < 256 ? n : n > 98998 ? 999 : 7}.0.0/16" } } }]`,
  '100,001 replicas': `${HOST}for: [{ n: 1..100001, networks: { "n-\${n}": { subnet: 10.0.0.0/24 } } }]`,
  'a billion replicas': `${HOST}for: [{ a: 1..1000, b: 1..1000, c: 1..1000, networks: { "n-\${a}-\${b}-\${c}": {} } }]`,
  'a range without end': `${HOST}for: [{ n: 1..9007199254740991, networks: { "n-\${n}": {} } }]`,
  'replicas of long texts': `${HOST}for: [{ n: 1..90000, networks: { "n-\${n}": { subnet: 10.0.0.0/24, description: "${'x'.repeat(900)}\${n}" } } }]`,
  'replicas with one address': `${HOST}networks: { n: { subnet: 10.0.0.0/24 } }\nfor: [{ n: 1..33000, guests: { "g-\${n}": { on: h, nics: { n: 10.0.0.7 } } } }]`,
  'a long expression': filled('1+', 'topology: "${', '1}"'),
  'a deep expression': filled('(', 'topology: "${', '}"'),
  'wrong expressions': `topology: x\nnetworks:\n${lines(30_000, (index) => `  "n\${${String(index)} + 1 *}": {}`)}`,
  'keys of every object':
    'topology: x\n__proto__: { a: 1 }\nconstructor: 1\nnetworks: { __proto__: { subnet: 10.0.0.0/24 }, toString: {} }\n',
  NUL: 'topology: "a\0b"\n',
  'signs that turn the text': 'topology: "a\u202eb"\nnetworks: { "\u202e\u2066": {} }\n',
  'terminal escapes': 'topology: "\\e[31mred\\e]0;title\\a"\nnetworks: { "\\x1b[2J": {}, "\\x9b1m": {} }\n',
  'shell, nft and HTML':
    'topology: "<script>alert(1)</script>"\ndescription: "$(reboot) `id` ; flush ruleset"\nnetworks: { "$(id)": {}, "a; drop": {}, "<img src=x onerror=alert(1)>": {}, "../../etc": {}, "}; table ip x {": {} }\n',
};

test.each(Object.entries(REFUSED))(
  '%s',
  async (name, content) => {
    const file = path.join(command.folder, 'hostile.yaml');
    writeFileSync(file, content);
    const { exitCode, stdout, stderr, peakMb } = await command.run(['check', file], LIMIT_MS);
    expect({ name, exitCode, stdout }).toEqual({ name, exitCode: 3, stdout: '' });
    expect(stderr).toMatch(/error\[[a-z-]+\]|is not UTF-8/);
    expect(stderr).not.toMatch(STACK);
    expect(stderr).not.toMatch(UNSAFE);
    expect(stderr.length).toBeLessThan(MIB);
    expect(peakMb).toBeGreaterThan(20);
    expect(peakMb).toBeLessThan(REFUSED_MB);
  },
  90_000,
);

test('so many guests are bounded by their number', async () => {
  const file = path.join(command.folder, 'many.yaml');
  const guests = 20_000;
  writeFileSync(
    file,
    `${HOST}networks: { n: { subnet: 10.0.0.0/8 } }\nfor: [{ n: 1..${String(guests)}, guests: { "g-\${n}": { on: h, nics: { n: auto } } } }]`,
  );
  const { exitCode, stderr, peakMb } = await command.run(['check', file], LIMIT_MS);
  expect(exitCode).toBe(0);
  expect(stderr).not.toMatch(STACK);
  expect(peakMb).toBeLessThan(Math.min(512, 64 + (guests * KB_AN_OBJECT) / 1024));
}, 90_000);
