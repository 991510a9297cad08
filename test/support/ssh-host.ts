import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { HostAccess } from '../../server/flow/model.ts';
import type { HostConnection } from '../../server/host/connection.ts';
import { lineOf } from '../../server/host/known-hosts.ts';
import type { SessionLimits } from '../../server/host/session.ts';
import { connectSsh } from '../../server/host/ssh.ts';
import { keyAlias } from '../../server/host/ssh-target.ts';
import type { SshTarget } from '../../server/host/ssh-target.ts';
import { findSshd } from '../../server/lab/ssh/sshd.ts';
import { openHostNamespace } from './host-namespace.ts';
import type { HostNamespace } from './host-namespace.ts';
import { keyOf, makeKey } from './sshd.ts';

/**
 * A host with an sshd, and the desk of whoever manages it: two namespaces with a cable between, `eno1` on the host and `desk0` on
 * the desk, and nothing of the machine's own network. `shell` sets both ends up.
 */
export interface SshHost {
  readonly host: HostNamespace;
  readonly desk: HostNamespace;
  readonly folder: string;
  readonly access: Extract<HostAccess, { type: 'ssh' }>;
  /** From the desk, by real ssh; each call is a connection of its own. */
  readonly connect: (limits?: SessionLimits) => HostConnection;
  readonly target: () => SshTarget;
  /** For the command, run at the desk: the key is known, and the agent has the user's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: () => Promise<string>;
  /** Whether a new connection to the port comes to stand within the time, as seen from the desk. */
  readonly answers: (withinMs: number) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

export interface SshHostSetup {
  /** Commands on the host and at the desk. */
  readonly host: string;
  readonly desk: string;
  /** Where the host is reached. */
  readonly address: string;
  readonly port?: number;
}

const PREPARE = `
set -e
mkdir -p /run/sshd /run/etc/upper /run/etc/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work /etc
rm -f /etc/nologin
grep -q '^sshd:' /etc/passwd || echo 'sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin' >>/etc/passwd
sed -i 's/^root:!*:/root:*:/' /etc/shadow
sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
ip link add name eno1 type veth peer name desk0 netns "$1"
`;

/** Connects, and hands the socket to ssh, which needs nobody between then (ssh_config(5), ProxyUseFdpass). */
const PROXY = `
import socket, sys
there = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=float(sys.argv[3]))
there.setblocking(True)
if len(sys.argv) > 4:
    there.settimeout(float(sys.argv[3]))
    sys.exit(0 if there.recv(4) == b"SSH-" else 1)
socket.send_fds(socket.socket(fileno=1), [b"x"], [there.fileno()])
`;

export async function openSshHost(setup: SshHostSetup): Promise<SshHost> {
  const { address, port = 22 } = setup;
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-far-'));
  const [host, desk] = await Promise.all([openHostNamespace('far'), openHostNamespace('desk')]);
  await host.run('sh', '-c', PREPARE, 'prepare', pidOf(desk));
  await desk.run('sh', '-ec', `ip link set dev desk0 up\n${setup.desk}`);
  await host.run('sh', '-ec', `ip link set dev eno1 up\n${setup.host}`);
  for (const name of ['host', 'client']) makeKey(join(folder, name));
  await writeFile(join(folder, 'authorized_keys'), await readFile(join(folder, 'client.pub')));
  await writeFile(join(folder, 'proxy.py'), PROXY);
  const alias = keyAlias(address, port);
  const knownHosts = join(folder, 'config/trunkline/known_hosts');
  await host.run('mkdir', '-p', join(folder, 'config/trunkline'));
  await writeFile(knownHosts, `${lineOf(alias, keyOf(await readFile(join(folder, 'host.pub'), 'utf8')))}\n`);
  const config = join(folder, 'ssh_config');
  const proxy = ['nsenter', '--target', pidOf(desk), '--net', '--', 'python3', join(folder, 'proxy.py')];
  await writeFile(
    config,
    `Host *\n  IdentityFile ${folder}/client\n  IdentitiesOnly yes\n  IdentityAgent none\n  ProxyUseFdpass yes\n  ProxyCommand ${proxy.join(' ')} %h %p 4\n`,
  );
  const stopAgent = await startAgent(folder);
  await startSshd(host, folder, port);
  const access = { type: 'ssh', user: 'root', host: address, port } as const;
  let connections = 0;
  const target = (): SshTarget => {
    connections += 1;
    const controlPath = join(folder, `control-${String(connections)}`);
    return { host: 'far', user: 'root', address, port, keyAlias: alias, knownHosts, config, controlPath };
  };
  return {
    host,
    desk,
    folder,
    access,
    target,
    connect: (limits) => connectSsh(target(), limits),
    environment: { XDG_CONFIG_HOME: join(folder, 'config'), SSH_AUTH_SOCK: join(folder, 'agent') },
    log: () => readFile(join(folder, 'log'), 'utf8'),
    answers: (withinMs) =>
      desk.run('python3', join(folder, 'proxy.py'), address, String(port), String(withinMs / 1000), 'look').then(
        () => true,
        () => false,
      ),
    async close() {
      stopAgent();
      await Promise.all([host, desk].map(endProcessesOf));
      await Promise.all([host, desk].map((each) => each.close()));
      await rm(folder, { recursive: true });
    },
  };
}

/** Of the process that holds a namespace. */
function pidOf({ prefix }: HostNamespace): string {
  return prefix[2] ?? '';
}

async function startSshd(host: HostNamespace, folder: string, port: number): Promise<void> {
  const { program, libraries, parts } = await findSshd(() => undefined);
  const lines = [
    ...parts,
    ...[`Port ${String(port)}`, `HostKey ${folder}/host`, `AuthorizedKeysFile ${folder}/authorized_keys`],
    ...[`PidFile ${folder}/pid`, 'UsePAM no', 'UseDNS no', 'StrictModes no', 'PasswordAuthentication no'],
    ...['KbdInteractiveAuthentication no', 'MaxSessions 100', 'MaxStartups 100', 'LogLevel VERBOSE', ''],
  ];
  await writeFile(join(folder, 'sshd_config'), lines.join('\n'));
  const env = { ...process.env, ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(':') }) };
  const [file = '', ...rest] = host.prefix;
  const words = [program, '-D', '-f', join(folder, 'sshd_config'), '-E', join(folder, 'log')];
  const child = spawn(file, [...rest, ...words], { stdio: ['ignore', 'ignore', 'inherit'], env });
  const log = (): Promise<string> => readFile(join(folder, 'log'), 'utf8').catch(() => '');
  while (!(await log()).includes('Server listening')) {
    if (child.exitCode !== null) throw new Error(`sshd has ended: ${await log()}`);
    await setTimeout(20);
  }
}

async function startAgent(folder: string): Promise<() => void> {
  const agent = spawn('ssh-agent', ['-D', '-a', join(folder, 'agent')], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(agent.stdout, 'data');
  const add = spawn('ssh-add', ['-q', join(folder, 'client')], {
    env: { ...process.env, SSH_AUTH_SOCK: join(folder, 'agent') },
    stdio: 'inherit',
  });
  await once(add, 'exit');
  return () => agent.kill('SIGKILL');
}

/** Sessions of an sshd, and watchdogs, outlive it: all that runs in a namespace of the test's own goes with it. */
async function endProcessesOf(namespace: HostNamespace): Promise<void> {
  const own = await readlink(`/proc/${pidOf(namespace)}/ns/net`);
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== pidOf(namespace))) {
    if ((await readlink(`/proc/${pid}/ns/net`).catch(() => '')) !== own) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}
