/**
 * Runs that lose the way to their host: by their own change, or because the network goes while they wait, with and without the
 * death of whoever manages. Nobody confirms them, and the host is as it was when its time is over.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { KINDS } from '../../server/kinds/index.ts';
import { showPlan } from '../../server/plan/document.ts';
import { desiredStates, emptyStates } from '../../server/run/apply.ts';
import { inverseOf } from '../../server/run/inverse.ts';
import { applyPlan, makePlan } from '../../server/run/plans.ts';
import { pictureOf } from '../support/clutter.ts';
import { openSshHost } from '../support/ssh-host.ts';
import type { SshHost } from '../support/ssh-host.ts';
import { modelOf } from '../support/topologies.ts';
import { diceOf } from './own-path/dice.ts';
import type { Dice } from './own-path/dice.ts';
import { harmless, routedWorld } from './own-path/worlds.ts';
import type { Text } from './own-path/worlds.ts';
import type { Figures, Rig, TortureRow } from './row.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');
/** The shortest window that there is. */
const WINDOW_S = 5;
/** However starved the machine is: by then it is over, or never. */
const PATIENCE_MS = 60_000;

/** What the run itself does to its way. */
const CHANGES = [
  'another address',
  'no address',
  'a bridge without its wire',
  'a wire in another bridge',
  'all of it gone',
  'no way back',
  'a nearer way to the desk',
  'a network where the desk is',
  'the address of the desk',
  'a gateway that lets nobody in',
] as const;

/** What happens to the network while a harmless run waits, at the desk, and what mends it. */
const OUTAGES: Readonly<Record<string, readonly [cut: string, mend: string]>> = {
  'the cable': [
    'ip link set dev desk0 down',
    'ip link set dev desk0 up; ip route replace 10.9.0.0/24 dev desk0 src 203.0.113.7',
  ],
  'a filter on the way': [
    'nft "table inet wall { chain out { type filter hook output priority 0; oifname desk0 drop; }; }"',
    'nft delete table inet wall',
  ],
  'packets that are too big': ['ip link set dev desk0 mtu 200', 'ip link set dev desk0 mtu 1500'],
  'a neighbour that lies': [
    'ip neigh replace 10.9.0.1 lladdr 02:00:00:00:00:01 dev desk0 nud permanent',
    'ip neigh del 10.9.0.1 dev desk0',
  ],
};

interface Fault {
  /** Run on the host once the run is armed. */
  readonly armed: string;
  /** Run on the host once it is over. */
  readonly over: string;
}

const NO_FAULT: Fault = { armed: 'true', over: 'true' };

export const lostPaths: TortureRow = {
  invariant: 'I5',
  promise: 'a run that has lost the way to its host is undone by the host itself when its time is over',
  unit: 'lost ways',
  target: 200,
  inCi: 2,
  open: () => openRig(NO_FAULT, PATIENCE_MS),
  mutants: [
    {
      name: 'a watchdog that has died',
      within: 1,
      open: () =>
        openRig({ ...NO_FAULT, armed: 'read -r pid start </run/trunkline/run/watchdog; kill -9 "$pid"' }, 12_000),
    },
    {
      name: 'an undo that leaves something',
      within: 1,
      open: () =>
        openRig(
          { ...NO_FAULT, over: 'ip link add name left type dummy || ip link add name left type bridge' },
          PATIENCE_MS,
        ),
    },
  ],
};

async function openRig(fault: Fault, patienceMs: number): Promise<Rig> {
  const { host, desk, address, base } = routedWorld();
  // Asked again at once: what is measured is when the host is back, and not how long a neighbour is not asked.
  const far = await openSshHost({ host, desk: `${desk}; sysctl -qw net.ipv4.neigh.desk0.retrans_time_ms=50`, address });
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-lost-'));
  const context = { kinds: KINDS, connectionOf: () => far.host.connection };
  await applyPlan(showPlan(await makePlan(desiredStates(modelOf(JSON.stringify(base()))), context)), context);
  return {
    one: (seed) => loseWay(far, folder, diceOf(seed), seed, fault, patienceMs),
    async close() {
      await far.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function loseWay(
  far: SshHost,
  folder: string,
  dice: Dice,
  seed: number,
  fault: Fault,
  patienceMs: number,
): Promise<Figures> {
  const outage = seed % 3 === 0 ? dice.pick(Object.entries(OUTAGES)) : undefined;
  const change = dice.pick(CHANGES);
  const text =
    outage === undefined ? (routedWorld().changes[change]?.(dice) ?? null) : harmless(routedWorld().base(), dice);
  const killed = dice.roll(2) === 0;
  const what = `${outage === undefined ? change : outage[0]}${killed ? ', and whoever manages' : ''}`;
  await untilAnswers(far, what);
  const before = await pictureOf(far.host);
  const deletes = await deletesOf(far, text);

  const watch = startWatch(far);
  const manager = await startManager(far, folder, text);
  const gone = once(manager, 'exit');
  try {
    await untilArmed(far, manager, what);
    await far.host.run('sh', '-c', fault.armed);
    if (killed) {
      await setTimeout(dice.roll(1500));
      manager.kill('SIGKILL');
    }
    if (outage !== undefined) await far.desk.run('sh', '-ec', outage[1][0]);
    const { lateMs } = await overBy(watch, patienceMs, what);
    await far.host.run('sh', '-c', fault.over);
    if (outage !== undefined) await far.desk.run('sh', '-ec', outage[1][1]);
    await untilAnswers(far, what);
    const after = await pictureOf(far.host);
    if (after !== before) throw new Error(`${what}: the host is not as it was:\n${differences(before, after)}`);
    const budgetMs = 500 + 45 * deletes;
    return {
      [`lost by ${outage === undefined ? 'the change' : 'the network'}${killed ? ', nobody left' : ''}`]: 1,
      'late beyond the budget': lateMs > budgetMs ? 1 : 0,
      'worst late ms': lateMs,
    };
  } finally {
    manager.kill('SIGKILL');
    await gone;
    watch.kill('SIGKILL');
  }
}

async function deletesOf(far: SshHost, text: Text | null): Promise<number> {
  const desired = text === null ? emptyStates('b-own', ['far']) : desiredStates(modelOf(JSON.stringify(text)));
  const plan = await makePlan(desired, { kinds: KINDS, connectionOf: () => far.host.connection });
  return plan.hosts.flatMap(({ steps }) => inverseOf(steps)).reduce((sum, each) => sum + each.deletes, 0);
}

async function startManager(far: SshHost, folder: string, text: Text | null): Promise<ChildProcess> {
  const file = join(folder, 'far.yaml');
  await writeFile(file, JSON.stringify(text ?? routedWorld().base()));
  const verb = text === null ? ['destroy'] : ['apply'];
  const words = [...verb, '--yes', '--allow-cut', '--confirm-within', `${String(WINDOW_S)}s`, file];
  const [program = '', ...rest] = [...far.desk.prefix, process.execPath, MAIN, ...words];
  const env = { ...process.env, ...far.environment, XDG_STATE_HOME: folder };
  return spawn(program, rest, { stdio: 'ignore', env });
}

async function untilArmed(far: SshHost, manager: ChildProcess, what: string): Promise<void> {
  const limit = Date.now() + PATIENCE_MS;
  for (;;) {
    const armed = await far.host.run('sh', '-c', '[ ! -e /run/trunkline/run/watchdog ] || echo yes');
    if (armed === 'yes') return;
    if (manager.exitCode !== null || Date.now() > limit) throw new Error(`${what}: the run was never armed`);
    await setTimeout(20);
  }
}

/** Looks at the host's own journal a hundred times a second: when the run was to be undone, and when it was. */
const WATCH = `
import os, time
base, deadline, seen = "/run/trunkline", None, False
while True:
    try:
        with open(base + "/run/deadline") as file:
            text = file.read().strip()
        if text: deadline, seen = int(text), True
    except FileNotFoundError:
        left = [name for name in (os.listdir(base) if os.path.isdir(base) else []) if name == "run" or name.startswith(("undoing-", "holding-"))]
        if seen and not left:
            with open("/proc/uptime") as file:
                print(int(float(file.read().split()[0]) * 1000) - deadline * 10, flush=True)
            break
    time.sleep(0.01)
`;

function startWatch({ host }: SshHost): ChildProcess & { readonly stdout: NodeJS.ReadableStream } {
  const [program, ...rest] = [...host.prefix, 'python3', '-c', WATCH];
  return spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function overBy(
  { stdout }: { readonly stdout: NodeJS.ReadableStream },
  patienceMs: number,
  what: string,
): Promise<{ readonly lateMs: number }> {
  const said = once(stdout, 'data').then(([chunk]) => String(chunk));
  const late = await Promise.race([said, setTimeout(patienceMs, undefined, { ref: false })]);
  if (late === undefined) throw new Error(`${what}: the host has not undone the run`);
  return { lateMs: Number(late) };
}

async function untilAnswers(far: SshHost, what: string): Promise<void> {
  const limit = Date.now() + PATIENCE_MS;
  while (!(await far.answers(1000))) {
    if (Date.now() > limit) throw new Error(`${what}: the host is not reached`);
    await far.desk.run('ip', 'neigh', 'flush', 'all');
  }
}

function differences(before: string, after: string): string {
  const [left, right] = [before.split('\n'), after.split('\n')];
  return [
    ...left.filter((line) => !right.includes(line)).map((line) => `- ${line}`),
    ...right.filter((line) => !left.includes(line)).map((line) => `+ ${line}`),
  ].join('\n');
}
