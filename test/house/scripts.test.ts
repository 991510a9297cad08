/** The scripts of a person's first minute, on machines that lack something. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from './copy.ts';

/** A machine of few tools, with a user who is not root: `bin` is all of its PATH. */
let machine = '';

beforeEach(() => {
  machine = mkdtempSync(path.join(tmpdir(), 'trunkline-house-'));
  mkdirSync(path.join(machine, 'bin'));
  for (const tool of ['sh', 'uname', 'mktemp', 'cat', 'mkdir', 'rm', 'dpkg-query', 'grep', 'apt-get']) {
    symlinkSync(path.join('/usr/bin', tool), path.join(machine, 'bin', tool));
  }
  addTool('id', 'echo 1000');
});

afterEach(() => {
  rmSync(machine, { recursive: true, force: true });
});

function addTool(name: string, script: string, folder = 'bin'): void {
  mkdirSync(path.join(machine, folder), { recursive: true });
  writeFileSync(path.join(machine, folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(machine, folder, name), 0o755);
}

function run(script: string, ...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: path.join(machine, 'bin'), HOME: machine };
  return spawnSync('/bin/sh', [path.join(ROOT, 'scripts', script), ...args], { encoding: 'utf8', env, cwd: machine });
}

test('node24 takes the Node on PATH where it is new enough', () => {
  symlinkSync(process.execPath, path.join(machine, 'bin/node'));
  expect(run('node24')).toMatchObject({ status: 0, stdout: `${path.dirname(process.execPath)}\n`, stderr: '' });
});

test('node24 goes past an old Node to the one in its cache, and puts it first for the command', () => {
  // Asked for its version, an old one answers so.
  addTool('node', 'exit 1');
  const version = /^version=(.*)$/m.exec(readFileSync(path.join(ROOT, 'scripts/node24'), 'utf8'))?.[1] ?? '';
  const cache = `.cache/trunkline/node-${version}/bin`;
  addTool('node', 'echo cached', cache);
  expect(run('node24')).toMatchObject({ status: 0, stdout: `${path.join(machine, cache)}\n`, stderr: '' });
  expect(run('node24', 'node')).toMatchObject({ status: 0, stdout: 'cached\n', stderr: '' });
});

test('without npm and without rights, node24 says what is needed and leaves nothing behind', () => {
  addTool('node', 'exit 1');
  const stderr = [
    'setup: missing here, to be installed as root: apt-get install npm',
    'node24: Node 24 or later, or else npm, is needed to go on',
    '',
  ].join('\n');
  expect(run('node24', 'node')).toMatchObject({ status: 1, stdout: '', stderr });
  expect(readdirSync(machine)).toEqual(['bin']);
});

test('setup names every missing package once, in one line', () => {
  const { status, stdout, stderr } = run('setup', '--lab', '--test');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^setup: missing here, to be installed as root: apt-get install( [a-z0-9.+-]+)+\n$/);
  const packages = stderr.trim().split(' ').slice(9);
  expect(packages).toEqual([...new Set(packages)]);
  expect(packages).toEqual(expect.arrayContaining(['iputils-ping', 'gcc', 'chromium']));
});

test('setup says nothing where nothing is missing', () => {
  for (const tool of ['ip', 'bridge', 'nft', 'flock', 'nsenter', 'sysctl', 'setpriv', 'perl']) addTool(tool, 'exit 0');
  expect(run('setup')).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

test('quickstart refuses a topology that is not there before it does anything', () => {
  const answer = run('quickstart', '--once', 'nowhere');
  expect(answer).toMatchObject({ status: 64, stdout: '' });
  expect(answer.stderr).toBe('quickstart: no file nowhere, and no such folder in topologies/\n');
});
