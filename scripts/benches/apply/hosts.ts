/**
 * How much twenty hosts over ssh take at most, against one: `trunkline apply` with the same number of steps on each, by real ssh
 * with an exchange of keys each time. The hosts are namespaces of this machine, each with an sshd, on one switch with the desk
 * that they are managed from: what twenty machines do at the same time, two or so cores do here one after the other. So the
 * processors' time is shown too, that of the hosts (sshd and all that runs in it) apart from that of the desk; and the ratio as it
 * would be if all hosts but one had cores of their own: without their share of the time in which these cores were at work.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { lineOf } from '../../../server/host/known-hosts.ts';
import { keyAlias } from '../../../server/host/ssh-target.ts';
import { findSshd } from '../../../server/lab/ssh/sshd.ts';
import { openHostNamespace } from '../../../test/support/host-namespace.ts';
import type { HostNamespace } from '../../../test/support/host-namespace.ts';
import { keyOf, makeKey } from '../../../test/support/sshd.ts';
import { show, spread } from '../pairs.ts';

const HOSTS = Number(process.env['HOSTS'] ?? 20);
const GUESTS = Number(process.env['GUESTS'] ?? 20);
const PAIRS = Number(process.env['HOST_PAIRS'] ?? 5);
const COMMAND = (process.env['TRUNKLINE'] ?? join(import.meta.dirname, '../../trunkline')).split(' ');
const PORT = 22;

const addressOf = (index: number): string => `10.99.0.${String(index + 10)}`;

/** Hosts that have nothing to do with each other, each with a bridge, a gateway and guests. */
function topology(hosts: number): string {
  const all = Array.from({ length: hosts }, (_, index) => index);
  const lines = (line: (index: number) => string): readonly string[] => all.map(line);
  return [
    'topology: bench',
    'networks:',
    ...lines((n) => `  apps-${String(n)}: { subnet: 10.${String(n + 1)}.0.0/24 }`),
    'hosts:',
    ...lines((n) => {
      const access = `ssh://root@${addressOf(n)}`;
      return `  h${String(n)}: { access: "${access}", bridges: { br0: { networks: [apps-${String(n)}] } }, nics: { apps-${String(n)}: 10.${String(n + 1)}.0.2 } }`;
    }),
    'gateways:',
    ...lines(
      (n) =>
        `  gw${String(n)}: { on: [h${String(n)}], runs: netns, nics: { apps-${String(n)}: 10.${String(n + 1)}.0.1 } }`,
    ),
    'guests:',
    ...all.flatMap((n) =>
      Array.from(
        { length: GUESTS },
        (_, guest) =>
          `  g${String(n)}-${String(guest)}: { on: h${String(n)}, nics: { apps-${String(n)}: 10.${String(n + 1)}.0.${String(guest + 10)} } }`,
      ),
    ),
    '',
  ].join('\n');
}

const PREPARE = `
set -e
mkdir -p /run/sshd /run/etc/upper /run/etc/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work /etc
rm -f /etc/nologin
grep -q '^sshd:' /etc/passwd || echo 'sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin' >>/etc/passwd
sed -i 's/^root:!*:/root:*:/' /etc/shadow
mkdir /run/home
sed -i 's|^\\(root:.*\\):[^:]*:\\([^:]*\\)$|\\1:/run/home:\\2|' /etc/passwd
ip link add name eno1 type veth peer name "$1" netns "$2"
ip link set dev eno1 up
ip addr add "$3/24" dev eno1
`;

interface Site {
  readonly folder: string;
  readonly desk: HostNamespace;
  /** Process numbers of the servers. */
  readonly servers: readonly number[];
  readonly close: () => Promise<void>;
}

async function openSite(folder: string): Promise<Site> {
  const opened: HostNamespace[] = [];
  const open = async (name: string): Promise<HostNamespace> => {
    const host = await openHostNamespace(name);
    opened.push(host);
    return host;
  };
  const desk = await open('desk');
  await desk.run(
    'sh',
    '-ec',
    'ip link add name sw type bridge; ip addr add 10.99.0.1/24 dev sw; ip link set dev sw up',
  );
  for (const name of ['host', 'client']) makeKey(join(folder, name));
  await writeFile(join(folder, 'authorized_keys'), await readFile(join(folder, 'client.pub')));
  const key = keyOf(await readFile(join(folder, 'host.pub'), 'utf8'));
  const { program, libraries, parts } = await findSshd(() => undefined);
  const config = [
    ...parts,
    ...[`Port ${String(PORT)}`, `HostKey ${folder}/host`, `AuthorizedKeysFile ${folder}/authorized_keys`],
    ...['PidFile none', 'UsePAM no', 'UseDNS no', 'StrictModes no', 'PasswordAuthentication no', ''],
  ];
  await writeFile(join(folder, 'sshd_config'), config.join('\n'));
  const env = { ...process.env, ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(':') }) };
  const known: string[] = [];
  const servers: ChildProcess[] = [];
  for (let index = 0; index < HOSTS; index += 1) {
    const host = await open(`h${String(index)}`);
    const port = `to-h${String(index)}`;
    await host.run('sh', '-c', PREPARE, 'prepare', port, desk.prefix[2] ?? '', addressOf(index));
    await desk.run('ip', 'link', 'set', 'dev', port, 'master', 'sw', 'up');
    const log = join(folder, `log-${String(index)}`);
    const [file = '', ...rest] = host.prefix;
    const server = spawn(file, [...rest, program, '-D', '-f', join(folder, 'sshd_config'), '-E', log], {
      env,
      stdio: 'ignore',
    });
    servers.push(server);
    while (!(await readFile(log, 'utf8').catch(() => '')).includes('Server listening'))
      await new Promise((resolve) => setTimeout(resolve, 20));
    known.push(lineOf(keyAlias(addressOf(index), PORT), key));
  }
  await desk.run('mkdir', '-p', join(folder, 'config/trunkline'));
  await writeFile(join(folder, 'config/trunkline/known_hosts'), known.map((line) => `${line}\n`).join(''));
  const agent = spawn('ssh-agent', ['-D', '-a', join(folder, 'agent')], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(agent.stdout, 'data');
  await execa('ssh-add', ['-q', join(folder, 'client')], { env: { SSH_AUTH_SOCK: join(folder, 'agent') } });
  return {
    folder,
    desk,
    servers: servers.flatMap(({ pid }) => pid ?? []),
    async close() {
      agent.kill();
      for (const server of servers) server.kill();
      for (const each of opened) await each.close();
    },
  };
}

/** In milliseconds; of processors what all of them together were at work. */
interface Cost {
  readonly wall: number;
  readonly desk: number;
  readonly hosts: number;
}

/** Of the command alone, from the desk; `ssh` keeps no connection from one run to the next. */
async function costOf({ folder, desk, servers }: Site, hosts: number): Promise<Cost> {
  const file = join(folder, `bench-${String(hosts)}.yaml`);
  const environment = {
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_STATE_HOME: join(folder, 'state'),
    SSH_AUTH_SOCK: join(folder, 'agent'),
  };
  const run = async (verb: string, script: string): Promise<string> => {
    const [name = '', ...prefix] = desk.prefix;
    const words = ['sh', '-c', script, 'timed', ...COMMAND, verb, file, '--yes', '--parallel', String(HOSTS)];
    return (await execa(name, [...prefix, ...words], { env: { ...environment, LOG: join(folder, 'log') } })).stdout;
  };
  await run('destroy', `"$@" >/dev/null 2>"$LOG" || { cat "$LOG" >&2; exit 1; }; ${FORGET}`);
  const before = await servedMs(servers);
  const [wall = '', , children = ''] = (await run('apply', `${CLOCK}; ${FORGET}`)).split('\n');
  return { wall: Number(wall) / 1000, desk: timesMs(children), hosts: (await servedMs(servers)) - before };
}

/** `times` of the shell: of itself, and of the processes that it has waited for. */
const CLOCK =
  'start=$(date +%s%N); "$@" >/dev/null 2>"$LOG" || { cat "$LOG" >&2; exit 1; }; echo $(( ($(date +%s%N) - start) / 1000 )); times';
const FORGET = 'for each in /run/trunkline/ssh/*; do [ ! -S "$each" ] || ssh -S "$each" -O exit x 2>/dev/null; done';

/** `0m1.250000s 0m0.500000s`: of the user and of the system. */
function timesMs(line: string): number {
  const parts = [...line.matchAll(/(\d+)m([\d.]+)s/g)];
  return parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000, 0);
}

/** What these servers and all that has ended in them have used, once nobody is connected any more (proc(5); hundredths of a second). */
async function servedMs(servers: readonly number[]): Promise<number> {
  let sum = 0;
  for (const pid of servers) {
    const process = `/proc/${String(pid)}`;
    while ((await readFile(`${process}/task/${String(pid)}/children`, 'utf8')) !== '')
      await new Promise((resolve) => setTimeout(resolve, 20));
    const stat = await readFile(`${process}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    sum += 10 * fields.slice(11, 15).reduce((ticks, each) => ticks + Number(each), 0);
  }
  return sum;
}

export async function hostsRow(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-bench-hosts-'));
  try {
    const site = await openSite(folder);
    try {
      for (const hosts of [1, HOSTS]) await writeFile(join(folder, `bench-${String(hosts)}.yaml`), topology(hosts));
      await costOf(site, HOSTS);
      const pairs: { readonly all: Cost; readonly one: Cost }[] = [];
      for (let pair = 0; pair < PAIRS; pair += 1)
        pairs.push({ all: await costOf(site, HOSTS), one: await costOf(site, 1) });
      return rows(pairs);
    } finally {
      await site.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function rows(pairs: readonly { readonly all: Cost; readonly one: Cost }[]): readonly string[] {
  const row = (title: string, value: string): string => `${title.padEnd(38)}${value}`;
  const cost = (costs: readonly Cost[]): string => {
    const [wall, desk, hosts] = (['wall', 'desk', 'hosts'] as const).map((of) => spread(costs.map((each) => each[of])));
    if (wall === undefined || desk === undefined || hosts === undefined) throw new RangeError('no pair was measured');
    return `${show(wall, 0)} ms; processors: desk ${desk.median.toFixed(0)} ms, hosts ${hosts.median.toFixed(0)} ms`;
  };
  const cores = cpus().length;
  const ratio = spread(pairs.map(({ all, one }) => all.wall / one.wall));
  const apart = spread(pairs.map(({ all, one }) => (all.wall - (all.hosts * (HOSTS - 1)) / HOSTS / cores) / one.wall));
  return [
    row(
      `${String(HOSTS)} hosts over ssh / one host`,
      `${show(ratio)}  (${String(GUESTS)} guest ports each, ${String(PAIRS)} pairs)`,
    ),
    row('  the hosts on cores of their own', `${show(apart)}  (reckoned; all share ${String(cores)} here)`),
    row(`  ${String(HOSTS)} hosts`, cost(pairs.map(({ all }) => all))),
    row('  one host', cost(pairs.map(({ one }) => one))),
  ];
}
