import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { lineOf } from '../../server/host/known-hosts.ts';
import type { HostKey } from '../../server/host/known-hosts.ts';
import { keyAlias } from '../../server/host/ssh-target.ts';
import type { SshTarget } from '../../server/host/ssh-target.ts';
import { findSshd } from '../../server/lab/ssh/sshd.ts';

/**
 * An sshd of a test's own on loopback, with a /run, an /etc and home folders that nobody else sees. Its users are `root` and
 * those given: what they may do by sudo, and what their shell is.
 */
export interface TestSshd {
  readonly port: number;
  readonly folder: string;
  readonly hostKey: HostKey;
  readonly clientKey: string;
  /** An ssh_config that only says which key to show. */
  readonly config: string;
  readonly target: (user?: string) => SshTarget;
  /** What it has logged so far. */
  readonly log: () => Promise<string>;
  /** Another host key from now on. */
  readonly changeKey: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface TestUser {
  readonly name: string;
  /** A line of sudoers behind the name: `ALL=(root) NOPASSWD: ALL`; none without it. */
  readonly sudo?: string;
  /** Text of a program to be the shell; sh without it. */
  readonly shell?: string;
}

const PREPARE = `
set -e
folder=$1 libraries=$2 program=$3
mount --make-rprivate /
mount -t tmpfs none /run
mkdir -p /run/sshd /run/etc/upper /run/etc/work /run/home
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work /etc
rm -f /etc/nologin
grep -q '^sshd:' /etc/passwd || echo 'sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin' >>/etc/passwd
sed -i 's/^root:!*:/root:*:/' /etc/shadow
while IFS='|' read -r name uid shell sudo; do
  echo "$name:x:$uid:65534::/run/home:$shell" >>/etc/passwd
  echo "$name:*:19000:0:99999:7:::" >>/etc/shadow
  [ -z "$sudo" ] || echo "$name $sudo" >>/etc/sudoers
done <"$folder/users"
[ -z "$libraries" ] || export LD_LIBRARY_PATH="$libraries"
exec "$program" -D -f "$folder/sshd_config" -E "$folder/log"
`;

export async function startTestSshd(users: readonly TestUser[] = []): Promise<TestSshd> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-sshd-'));
  execFileSync('chmod', ['755', folder]);
  const port = await freePort();
  const { program, libraries, parts } = await findSshd(() => undefined);
  makeKey(join(folder, 'host'));
  makeKey(join(folder, 'client'));
  const rows: string[] = [];
  for (const [index, { name, sudo = '', shell }] of users.entries()) {
    const path = shell === undefined ? '/bin/sh' : join(folder, `${name}.sh`);
    if (shell !== undefined) await writeFile(path, shell, { mode: 0o755 });
    rows.push(`${name}|${String(61_000 + index)}|${path}|${sudo}\n`);
  }
  await writeFile(join(folder, 'users'), rows.join(''));
  await writeFile(join(folder, 'authorized_keys'), await readFile(join(folder, 'client.pub')), { mode: 0o644 });
  await writeFile(
    join(folder, 'sshd_config'),
    [
      ...parts,
      'ListenAddress 127.0.0.1',
      `Port ${String(port)}`,
      `HostKey ${folder}/host`,
      `AuthorizedKeysFile ${folder}/authorized_keys`,
      `PidFile ${folder}/pid`,
      'UsePAM no',
      'UseDNS no',
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'MaxSessions 100',
      'LogLevel VERBOSE',
      '',
    ].join('\n'),
  );
  const flags = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const args = ['sh', '-c', PREPARE, 'sshd', folder, libraries.join(':'), program];
  const child = spawn('unshare', [...flags, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const gone = once(child, 'exit');
  const log = (): Promise<string> => readFile(join(folder, 'log'), 'utf8').catch(() => '');
  await until(async () => (await log()).includes('Server listening'), child);
  const config = join(folder, 'ssh_config');
  await writeFile(config, `Host *\n  IdentityFile ${folder}/client\n  IdentitiesOnly yes\n  IdentityAgent none\n`);
  const hostKey = keyOf(await readFile(join(folder, 'host.pub'), 'utf8'));
  const knownHosts = join(folder, 'known_hosts');
  await writeFile(knownHosts, `${lineOf(keyAlias('127.0.0.1', port), hostKey)}\n`);
  let connections = 0;
  return {
    port,
    folder,
    hostKey,
    clientKey: join(folder, 'client'),
    config,
    target(user = 'root') {
      connections += 1;
      const controlPath = join(folder, `control-${String(connections)}`);
      return {
        ...{ host: 'here', user, address: '127.0.0.1', port, keyAlias: keyAlias('127.0.0.1', port) },
        ...{ knownHosts, config, controlPath },
      };
    },
    log,
    async changeKey() {
      await rm(join(folder, 'host'));
      makeKey(join(folder, 'host'));
      process.kill(Number(execFileSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' })), 'SIGHUP');
      await until(async () => (await log()).split('Server listening').length > 2, child);
    },
    async stop() {
      child.kill('SIGKILL');
      await gone;
      await rm(folder, { recursive: true });
    },
  };
}

export function makeKey(path: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', path], { stdio: 'ignore' });
}

export function keyOf(line: string): HostKey {
  const [type = '', blob = ''] = line.split(' ');
  return { type, blob: blob.trim() };
}

async function until(ready: () => Promise<boolean>, process: ChildProcess): Promise<void> {
  while (!(await ready())) {
    if (process.exitCode !== null) throw new Error('sshd has ended');
    await setTimeout(20);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** A server on loopback that is no ssh server: it does with every connection what is given. */
export async function startServer(
  converse: Parameters<typeof createServer>[1],
): Promise<{ port: number; server: Server }> {
  const server = createServer(converse);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, server };
}
