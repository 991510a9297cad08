/** What `npm ci` leaves behind: a command that runs from the build alone, the page, the agent's sources, the licences. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyCheckout, ROOT } from './copy.ts';

let checkout = '';
let elsewhere = '';

beforeAll(() => {
  checkout = copyCheckout();
  elsewhere = mkdtempSync(path.join(tmpdir(), 'trunkline-house-'));
  const { status, stderr } = run(path.join(checkout, 'scripts/build'), []);
  expect(status, stderr).toBe(0);
  // The build has to hold by itself: sources and packages go.
  for (const part of ['server', 'web', 'node_modules']) rmSync(path.join(checkout, part), { recursive: true });
}, 120_000);

afterAll(() => {
  for (const folder of [checkout, elsewhere]) rmSync(folder, { recursive: true, force: true });
});

function run(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, ...environment };
  return spawnSync(program, args, { cwd: tmpdir(), encoding: 'utf8', env });
}

test('the command runs from the build alone, through a link and without looking for Node', () => {
  const link = path.join(elsewhere, 'trunkline');
  symlinkSync(path.join(checkout, 'scripts/trunkline'), link);
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
  // Only what a launcher may use: no node on this PATH.
  const answer = run(link, ['--version'], { PATH: elsewhere });
  expect(answer).toMatchObject({ status: 127 });
  symlinkSync('/usr/bin/readlink', path.join(elsewhere, 'readlink'));
  symlinkSync('/bin/sh', path.join(elsewhere, 'sh'));
  expect(run(link, ['--version'], { PATH: elsewhere })).toMatchObject({
    status: 0,
    stdout: `${version}\n`,
    stderr: '',
  });
});

test('every verb that help lists can be loaded', () => {
  const command = path.join(checkout, 'scripts/trunkline');
  const help = run(command, ['--help']).stdout;
  const verbs = [...help.slice(help.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)/gm)].flatMap(
    ([, verb]) => verb ?? [],
  );
  expect(verbs).toContain('apply');
  const broken = verbs.filter((verb) => verb !== 'help' && run(command, [verb, '--help']).status !== 0);
  expect(broken).toEqual([]);
});

test('a topology is read by the built command as by the sources', () => {
  const file = path.join(ROOT, 'topologies/office/office.yaml');
  const built = run(path.join(checkout, 'scripts/trunkline'), ['check', '--json', file]);
  const fromSources = run(path.join(ROOT, 'scripts/trunkline'), ['check', '--json', file], { TRUNKLINE_DEV: '1' });
  expect(built.status, built.stderr).toBe(0);
  expect(built.stdout).toBe(fromSources.stdout);
});

test('the page, the agent and the licences are there', () => {
  const dist = path.join(checkout, 'dist');
  expect(existsSync(path.join(dist, 'web/index.html'))).toBe(true);
  const sourcesIn = (folder: string): readonly string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[ch]$/.test(name))
      .toSorted();
  expect(sourcesIn(path.join(dist, 'agent'))).toEqual(sourcesIn(path.join(ROOT, 'server/lab/agent')));
  const notices = readFileSync(path.join(dist, 'THIRD-PARTY.txt'), 'utf8');
  // One of the command's, one of the page's.
  for (const name of ['commander', 'cytoscape'])
    expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, 'm'));
});

test('without a build the command says what to do', () => {
  const bare = mkdtempSync(path.join(tmpdir(), 'trunkline-house-'));
  try {
    symlinkSync(path.join(ROOT, 'scripts'), path.join(bare, 'scripts'));
    const answer = run('/bin/sh', [path.join(bare, 'scripts/trunkline'), '--version']);
    expect(answer).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `trunkline: not built yet: run 'npm ci' (or 'npm run build') in ${bare}\n`,
    });
  } finally {
    rmSync(bare, { recursive: true });
  }
});
