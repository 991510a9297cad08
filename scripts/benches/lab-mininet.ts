/**
 * The same links as Mininet makes (Debian package `mininet`), with the plain bridges that it offers as switches: 100 hosts at one
 * switch, and at ten that meet in an eleventh. Ours are guests, the bridges of hosts, and a wire between those. Mininet runs in
 * namespaces of its own: it makes links in the machine's own stack, and ends processes by their names.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { labName, trunkline } from './lab-command.ts';
import { show, spread, timeMs } from './pairs.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
const HOSTS = 100;

interface Shape {
  readonly switches: number;
  /** For Mininet. */
  readonly tree: string;
}

const SHAPES: readonly Shape[] = [
  { switches: 1, tree: `depth=1, fanout=${String(HOSTS)}` },
  { switches: 10, tree: 'depth=2, fanout=10' },
];

function topologyOf({ switches }: Shape): string {
  const uplink = switches === 1 ? '{}' : '{ ports: [eno1] }';
  return `topology: ${labName('tree')}
networks: { lan: { subnet: 10.1.0.0/16 } }
for:
  - s: 1..${String(switches)}
    hosts:
      "switch-\${s}": { access: "ssh://root@switch-\${s}.example.net", bridges: { br0: ${uplink} } }
  - s: 1..${String(switches)}
    h: 1..${String(HOSTS / switches)}
    guests:
      "host-\${s}-\${h}": { on: "switch-\${s}", nics: { lan: "10.1.\${s}.\${h}" } }
`;
}

function linkCount({ switches }: Shape): number {
  return HOSTS + (switches === 1 ? 0 : switches);
}

/** Debian's own: its packages are not known to another one. */
const PYTHON = '/usr/bin/python3';
const FLAGS = ['--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc'];
const PREPARE = 'mount -t tmpfs none /run && mkdir /run/netns && ip link set dev lo up && exec "$@"';

/** What it takes to start and to stop, each in seconds and without Python's own start; then how many links there were. */
const mininetScript = ({ tree }: Shape): string => `
import time
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topolib import TreeTopo
begun = time.monotonic()
net = Mininet(topo=TreeTopo(${tree}), switch=LinuxBridge, controller=None)
net.start()
started = time.monotonic()
links = len(net.links)
net.stop()
print(started - begun, time.monotonic() - started, links)
`;

export async function benchMininet(folder: string): Promise<void> {
  const lacking = await whatIsMissing();
  if (lacking !== null) {
    console.log(`Mininet does not run here: apt-get install mininet bridge-utils (${lacking})`);
    return;
  }
  for (const shape of SHAPES) {
    console.log(`${String(HOSTS)} hosts, ${String(shape.switches)} switches, ${String(linkCount(shape))} links`);
    const file = join(folder, 'tree.yaml');
    await writeFile(file, topologyOf(shape));
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      rounds.push({ mininet: await runMininet(shape), lab: await runLab(file) });
    print('start', rounds, ({ start }) => start);
    print('start and stop', rounds, ({ start, stop }) => start + stop);
  }
}

interface Times {
  readonly start: number;
  readonly stop: number;
}

interface Round {
  readonly mininet: Times;
  readonly lab: Times;
}

async function runLab(file: string): Promise<Times> {
  try {
    const start = await timeMs(() => trunkline('lab', 'up', file));
    return { start, stop: await timeMs(() => trunkline('lab', 'down', file)) };
  } finally {
    await trunkline('lab', 'down', file);
  }
}

function print(what: string, rounds: readonly Round[], of: (times: Times) => number): void {
  const line = (name: string, values: readonly number[]): void => {
    console.log(name.padEnd(52) + show(spread(values)));
  };
  line(
    `  Mininet / lab, ${what}`,
    rounds.map(({ mininet, lab }) => of(mininet) / of(lab)),
  );
  line(
    '    Mininet, seconds',
    rounds.map(({ mininet }) => of(mininet) / 1000),
  );
  line(
    '    lab, seconds',
    rounds.map(({ lab }) => of(lab) / 1000),
  );
}

async function whatIsMissing(): Promise<string | null> {
  const tried = await execa(
    'sh',
    ['-c', 'command -v mnexec && command -v brctl && "$1" -c "import mininet.net"', 'sh', PYTHON],
    {
      reject: false,
    },
  );
  return tried.exitCode === 0 ? null : tried.stderr.trim().split('\n').at(-1) || 'mnexec or brctl is not there';
}

/** Milliseconds. */
async function runMininet(shape: Shape): Promise<Times> {
  const argv = [...FLAGS, '--', 'sh', '-c', PREPARE, 'sh', PYTHON, '-c', mininetScript(shape)];
  const { stdout } = await execa('unshare', argv, { stdin: 'ignore' });
  const [start = NaN, stop = NaN, links] = stdout.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  if (links !== linkCount(shape))
    throw new Error(`Mininet made ${String(links)} links instead of ${String(linkCount(shape))}`);
  return { start: start * 1000, stop: stop * 1000 };
}
