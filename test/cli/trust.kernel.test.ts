/** Accepting keys, and looking at hosts over ssh by the command line. */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fingerprintOf, knownKeys } from '../../server/host/known-hosts.ts';
import { keyOf, startServer, startTestSshd } from '../support/sshd.ts';
import type { TestSshd } from '../support/sshd.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');

let sshd: TestSshd;
let known: string;
let environment: Record<string, string>;
let agent: number;
beforeEach(async () => {
  sshd = await startTestSshd();
  known = join(sshd.folder, 'con fig %h/trunkline/known_hosts');
  const socket = join(sshd.folder, 'agent');
  const said = execFileSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' });
  agent = Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]);
  execFileSync('ssh-add', ['-q', sshd.clientKey], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  environment = { XDG_CONFIG_HOME: join(sshd.folder, 'con fig %h'), SSH_AUTH_SOCK: socket };
});
afterEach(async () => {
  process.kill(agent);
  await sshd.stop();
});

const access = (): string => `ssh://root@127.0.0.1:${String(sshd.port)}`;

function trunkline(...words: readonly string[]) {
  return execa(process.execPath, [MAIN, ...words], { env: environment, reject: false, stdin: 'ignore' });
}

async function trust(...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await trunkline('trust', ...words, '--json');
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

test('a key is accepted by its fingerprint and no other, known afterwards, and replaced only when that is said', async () => {
  const right = fingerprintOf(sshd.hostKey);
  expect(execFileSync('ssh-keygen', ['-lf', join(sshd.folder, 'host.pub')], { encoding: 'utf8' })).toContain(right);
  const wrong = `SHA256:${'A'.repeat(43)}`;
  expect(await trust(access(), '--fingerprint', wrong)).toMatchObject({ failure: { kind: 'host-identity' } });
  expect(await readFile(known, 'utf8').catch(() => 'none')).toBe('none');

  expect(await trust(access(), '--fingerprint', right)).toMatchObject({
    hosts: [{ result: 'added', fingerprint: right, knownHosts: known, access: access() }],
  });
  expect(await trust(access())).toMatchObject({ hosts: [{ result: 'known' }] });
  expect(await trust(access(), '--fingerprint', wrong)).toMatchObject({ failure: { kind: 'host-identity' } });

  const others = '# mine\nother.example.net ssh-ed25519 AAAA\n';
  await writeFile(known, `${others}${await readFile(known, 'utf8')}`);
  await sshd.changeKey();
  const before = await readFile(known, 'utf8');
  expect(await trust(access(), '--yes')).toMatchObject({
    failure: { kind: 'host-identity', toDo: [expect.stringContaining('--replace')] },
  });
  expect(await readFile(known, 'utf8')).toBe(before);
  expect(await trust(access(), '--yes', '--replace')).toMatchObject({ hosts: [{ result: 'replaced' }] });
  const now = keyOf(await readFile(join(sshd.folder, 'host.pub'), 'utf8'));
  expect(await knownKeys(known, `[127.0.0.1]:${String(sshd.port)}`)).toEqual([now]);
  expect(await readFile(known, 'utf8')).toMatch(others);
  expect(await sshd.log()).not.toMatch(/Accepted/);
});

test('where nobody can be asked, nothing is accepted, and the key is shown', async () => {
  const { exitCode, stderr } = await trunkline('trust', access().slice('ssh://'.length));
  expect(exitCode).toBe(64);
  expect(stderr).toContain(`256 ${fingerprintOf(sshd.hostKey)} [127.0.0.1]:${String(sshd.port)} (ED25519)`);
  expect(await readFile(known, 'utf8').catch(() => 'none')).toBe('none');
});

test('what is no host is refused before anything is asked', async () => {
  for (const word of ['-oProxyCommand=x', 'ssh://root@-x', 'a b', 'ssh://root@x/../y', 'root@x:0', '$(id)']) {
    const { exitCode, stdout } = await trunkline('trust', '--json', '--', word);
    expect({ word, exitCode }).toEqual({ word, exitCode: 64 });
    expect(JSON.parse(stdout)).toMatchObject({ failure: { kind: 'usage' } });
  }
});

test('what answers there is no ssh server: said, and nothing accepted', async () => {
  const { port, server } = await startServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  expect(await trust(`127.0.0.1:${String(port)}`, '--yes')).toMatchObject({ failure: { kind: 'host-unreachable' } });
  server.close();
});

const topology = (): string => `topology: far
networks:
  lan: { subnet: 10.1.0.0/24 }
hosts:
  here: { access: local }
  there:
    access: ${access()}
    bridges:
      br-lan: { networks: [lan] }
guests:
  web: { on: there, nics: { lan: 10.1.0.10 } }
`;

test('a host over ssh is looked at by plan and status once its key is accepted', async () => {
  await mkdir(join(sshd.folder, 'files'));
  const file = join(sshd.folder, 'files/far.yaml');
  await writeFile(file, topology());

  const unknown = await trunkline('plan', file, '--json');
  expect(JSON.parse(unknown.stdout)).toMatchObject({ failure: { kind: 'host-identity' } });
  expect(await trust(file, '--yes')).toMatchObject({ hosts: [{ host: 'there', result: 'added' }] });

  const saved = join(sshd.folder, 'files/far.plan');
  const plan = await trunkline('plan', file, '--host', 'there', '-o', saved, '--detailed-exitcode');
  expect(plan).toMatchObject({ exitCode: 2 });
  expect(plan.stdout).toContain('br-lan');
  const status = await trunkline('status', file, '--host', 'there', '--json');
  expect(status.exitCode).toBe(2);
  expect(JSON.parse(status.stdout)).toMatchObject({ hosts: [{ host: 'there', unchanged: 0, foreign: [] }] });
  expect((await sshd.log()).match(/^Accepted publickey for root/gm)).toHaveLength(1);
  expect(JSON.parse(await readFile(saved, 'utf8'))).toMatchObject({ access: { there: access() } });
});
