import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Failure } from '../../server/core/failure.ts';
import type { HostPlan } from '../../server/flow/plan.ts';
import type { HostConnection, Program } from '../../server/host/connection.ts';
import { OBSERVE_SCRIPT } from '../../server/observe/script.ts';
import { planModel } from '../../server/run/apply.ts';
import { openSubject, subjectModel } from './observation/subject.ts';
import type { Figures, Rig, TortureRow } from './row.ts';

/**
 * Somebody who changes two things of ours over and over, one after the other, to the same number: the MTU of a bridge, and that
 * of a NIC in the gateway's namespace; between the two a link comes and goes. At any one moment the NIC is at most one number
 * behind the bridge, and never ahead: whatever else a plan tells of was never so.
 */
const CHURN = `
number=0
while :; do
  number=$(( (number + 1) % 200 ))
  ip link set dev br0 mtu $((1300 + number)) || exit 1
  ip link add name passing type bridge && ip link del dev passing
  ip -n seen-gw link set dev apps mtu $((1300 + number)) || exit 1
  [ "$1" = 0 ] || sleep "$1"
done
`;
const MTU_BASE = 1300;
const NUMBERS = 200;

/** By seed: without a rest, and with rests in which a reading may be calm. */
const RESTS_S = ['0', '0.02', '0.1', '0.3', '1'] as const;

async function openRig(change: (program: Program) => Program = (program) => program): Promise<Rig> {
  const subject = await openSubject(0);
  const connection = changedPrograms(subject.host.connection, change);
  const model = subjectModel(0);

  async function one(seed: number): Promise<Figures> {
    const rest = RESTS_S[seed % RESTS_S.length] ?? '0';
    const [file, ...args] = [...subject.host.prefix, 'sh', '-c', CHURN, 'churn', rest];
    const churn = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
    try {
      // Wherever in its round it is by then.
      await new Promise((resolve) => setTimeout(resolve, 50 + ((seed * 37) % 150)));
      const plan = await planModel(model, () => connection);
      checkMoment(plan.hosts[0]);
      return { planned: 1 };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      assert.equal(error.kind, 'observation', `${error.message}: ${error.detail ?? ''}`);
      return { refused: 1 };
    } finally {
      await ended(churn);
    }
  }

  return { one, close: subject.close };
}

async function ended(child: ChildProcess): Promise<void> {
  assert.equal(child.exitCode, null, 'nobody changes anything any more');
  const gone = once(child, 'exit');
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  await gone;
}

/** Throws where what the plan was made from was never so at one moment. */
function checkMoment(plan: HostPlan | undefined): void {
  const before = (plan?.steps ?? []).map((step) => step.before as unknown as Found | null);
  const bridge = before.find((each) => each?.id === 'bridge:br0')?.mtu;
  const nic = before.find((each) => each?.peer?.device === 'apps')?.peer?.mtu;
  // One that is as wanted has not been changed yet.
  if (bridge === undefined || nic === undefined) return;
  const ahead = (bridge - nic + NUMBERS) % NUMBERS;
  assert(bridge >= MTU_BASE && ahead <= 1, `the bridge has ${String(bridge)}, and the NIC ${String(nic)}`);
}

interface Found {
  readonly id: string;
  readonly mtu?: number;
  readonly peer?: { readonly device: string; readonly mtu: number };
}

function changedPrograms(connection: HostConnection, change: (program: Program) => Program): HostConnection {
  return {
    host: connection.host,
    async open(options) {
      const session = await connection.open(options);
      return { ...session, run: (programs) => session.run(programs.map(change)) };
    },
  };
}

/** As if nobody had asked to see what is changed meanwhile, and with a moment between one stack and the next. */
function unwatched(program: Program): Program {
  if (program.stdin !== OBSERVE_SCRIPT) return program;
  const stdin = OBSERVE_SCRIPT.replace(/^for name in \$chosen; do inside/m, 'sleep 0.05\n$&');
  assert.notEqual(stdin, OBSERVE_SCRIPT);
  return { stdin, argv: program.argv.map((word) => (word === 'watched' ? 'free' : word)) };
}

export const row: TortureRow = {
  invariant: 'I7',
  promise: 'no plan mixes what was before and what came after a change that others made meanwhile',
  unit: 'plans made while a host is changed',
  target: 1000,
  inCi: 5,
  open: () => openRig(),
  mutants: [
    { name: 'a reader that does not look at what is changed meanwhile', within: 40, open: () => openRig(unwatched) },
  ],
};
