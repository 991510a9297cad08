/**
 * The same links as Mininet makes (Debian package `mininet`): a tree of a switch, ten switches below it and ten hosts at each.
 * Ours is a wire between the uplinks of ten hosts with a bridge each, ten guests on each. Mininet runs in namespaces of its own:
 * it makes links in the machine's own stack, and ends processes by their names.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { labName, trunkline } from './lab-command.ts';
import { show, spread, timeMs } from './pairs.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
const SWITCHES = 10;
const HOSTS_EACH = 10;

const TOPOLOGY = `
networks: { lan: { subnet: 10.1.0.0/16 } }
for:
  - s: 1..${String(SWITCHES)}
    hosts:
      "switch-\${s}": { access: "ssh://root@switch-\${s}.example.net", bridges: { br0: { ports: [eno1] } } }
  - s: 1..${String(SWITCHES)}
    h: 1..${String(HOSTS_EACH)}
    guests:
      "host-\${s}-\${h}": { on: "switch-\${s}", nics: { lan: "10.1.\${s}.\${h}" } }
`;

/** Debian's own: its packages are not known to another one. */
const PYTHON = '/usr/bin/python3';
const FLAGS = ['--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc'];
const PREPARE = 'mount -t tmpfs none /run && mkdir /run/netns && ip link set dev lo up && exec "$@"';

/** What it takes to start and to stop, each in seconds and without Python's own start; then how many links there were. */
const MININET = `
import time
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topolib import TreeTopo
begun = time.monotonic()
net = Mininet(topo=TreeTopo(depth=2, fanout=${String(SWITCHES)}), switch=LinuxBridge, controller=None)
net.start()
started = time.monotonic()
links = len(net.links)
net.stop()
print(started - begun, time.monotonic() - started, links)
`;

export async function benchMininet(folder: string): Promise<void> {
  const lacking = await whatIsMissing();
  console.log(`\n${String(SWITCHES * HOSTS_EACH)} hosts at ${String(SWITCHES)} switches, ${String(linkCount())} links`);
  if (lacking !== null) {
    console.log(`  Mininet does not run here: apt-get install mininet bridge-utils (${lacking})`);
    return;
  }
  const file = join(folder, 'tree.yaml');
  await writeFile(file, `topology: ${labName('tree')}${TOPOLOGY}`);
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push({ mininet: await runMininet(), lab: await runLab(file) });
  print('start', rounds, ({ start }) => start);
  print('start and stop', rounds, ({ start, stop }) => start + stop);
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

function linkCount(): number {
  return SWITCHES * HOSTS_EACH + SWITCHES;
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
async function runMininet(): Promise<Times> {
  const argv = [...FLAGS, '--', 'sh', '-c', PREPARE, 'sh', PYTHON, '-c', MININET];
  const { stdout } = await execa('unshare', argv, { stdin: 'ignore' });
  const [start = NaN, stop = NaN, links] = stdout.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  if (links !== linkCount()) throw new Error(`Mininet made ${String(links)} links instead of ${String(linkCount())}`);
  return { start: start * 1000, stop: stop * 1000 };
}
