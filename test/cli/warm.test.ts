/** The command from the picture of it loaded: as from the bundle, and only where it fits. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { VERBS } from '../../server/cli/verbs.ts';
import { buildBlob, WARM_VERBS } from '../../scripts/warm/build.ts';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'server/cli/main.ts');

let folder: string;
const at = (name: string): string => join(folder, name);
const NODE = 'dist/node';
const BLOB = 'dist/trunkline.blob';

/** A checkout whose bundle only says that it was it. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-warm-'));
  for (const name of ['scripts', 'dist', 'work']) mkdirSync(at(name));
  copyFileSync(join(ROOT, 'scripts/trunkline'), at('scripts/trunkline'));
  writeFileSync(at('dist/trunkline.mjs'), "console.log('from the bundle');\n");
  symlinkSync(process.execPath, at(NODE));
  await buildBlob(ROOT, at('dist'));
  copyFileSync(join(ROOT, 'topologies/office/office.yaml'), at('work/office.yaml'));
  writeFileSync(at('work/wrong.yaml'), 'topology: [shop\n');
}, 60_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  fit();
});

function fit(): void {
  spawnSync('touch', ['-r', process.execPath, at(BLOB)]);
}

interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): Said {
  const [program = '', ...args] = argv;
  const options = { cwd: at('work'), env: { ...process.env, ...env }, input, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(program, args, options);
  return { status, stdout, stderr };
}

const trunkline = (...args: readonly string[]): Said => run([at('scripts/trunkline'), ...args]);
const BUNDLE = 'from the bundle\n';

test('the launcher has the list of the build, and every verb of it is loaded already', () => {
  const listed = /\n {2}([a-z| ]+)\)\n/.exec(readFileSync(join(ROOT, 'scripts/trunkline'), 'utf8'))?.[1]?.split(' | ');
  expect(listed).toEqual(WARM_VERBS);
  for (const verb of WARM_VERBS) expect(trunkline(verb, '--help').stdout).toMatch(`Usage: trunkline ${verb} `);
});

test('all else comes from the bundle', () => {
  const warm = new Set<string>(WARM_VERBS);
  const others = VERBS.map(({ name }) => name).filter((name) => !warm.has(name));
  expect(others.length).toBeGreaterThan(0);
  for (const word of [...others, '--version', '--help', 'help', 'nonsense'])
    expect(trunkline(word).stdout).toBe(BUNDLE);
});

test.each([
  ['a right file', ['check', 'office.yaml'], {}, ''],
  ['the folder that it runs in', ['check', '../work/office.yaml', '-f', 'sarif'], {}, ''],
  ['a wrong file', ['check', 'wrong.yaml'], {}, ''],
  ['colours, where they are asked for', ['check', 'wrong.yaml'], { FORCE_COLOR: '1' }, ''],
  ['a missing file', ['plan', 'none.yaml', '--json'], {}, ''],
  ['a wrong option', ['status', '--nonsense'], {}, ''],
  ['nobody to ask', ['destroy', '--topology', 'none', '--host', 'nonsense://'], {}, ''],
  ['what stands on its input', ['check', '-'], {}, 'topology: shop\nnetworks: {}\n'],
])('%s: as from the sources', (_, args, env, input) => {
  const warm = run([at('scripts/trunkline'), ...args], env, input);
  expect(warm.stdout).not.toBe(BUNDLE);
  expect(warm).toEqual(run([process.execPath, MAIN, ...args], env, input));
});

test('a picture of another date than the Node is not used, older or newer', () => {
  expect(trunkline('check', 'office.yaml').stdout).toMatch('Nothing wrong');
  for (const seconds of [1, 4_000_000_000]) {
    utimesSync(at(BLOB), seconds, seconds);
    expect(trunkline('check', 'office.yaml').stdout).toBe(BUNDLE);
  }
});

test('a Node that took the place of the one that took the picture runs the bundle', () => {
  const kept = readFileSync(at(BLOB));
  rmSync(at(NODE));
  copyFileSync(process.execPath, at(NODE));
  expect(trunkline('check', 'office.yaml').stdout).toBe(BUNDLE);
  rmSync(at(NODE));
  symlinkSync(process.execPath, at(NODE));
  rmSync(at(BLOB));
  expect(trunkline('check', 'office.yaml').stdout).toBe(BUNDLE);
  writeFileSync(at(BLOB), kept);
});

test('the sources, where they are asked for', () => {
  mkdirSync(at('server/cli'), { recursive: true });
  writeFileSync(at('server/cli/main.ts'), "console.log('from the sources');\n");
  const said = run([at('scripts/trunkline'), 'check', 'office.yaml'], { TRUNKLINE_DEV: '1' });
  expect(said.stdout).toBe('from the sources\n');
});
