/** What the journal's script on a host does by itself, with undo programs that only leave marks: `server/run/journal-script.ts`. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostConnection, HostSession, Program } from '../../../server/host/connection.ts';
import {
  endOfRun,
  holdWindow,
  inBatch,
  JOURNAL_FORMAT,
  journalPrograms,
  keepRun,
  undoRun,
} from '../../../server/run/journal.ts';
import { JOURNAL_SCRIPT } from '../../../server/run/journal-script.ts';
import type { HostNamespace } from '../../support/host-namespace.ts';
import { openRunOn, ownTraces, untilOver } from '../../support/window.ts';
import type { Figures } from '../row.ts';
import { changedPrograms } from './spoiled.ts';

export interface Watched {
  readonly host: HostNamespace;
  readonly connection: HostConnection;
  readonly run: string;
  readonly random: () => number;
}

export type Scenario = (watched: Watched) => Promise<Figures>;

/** The script with a fault in it, wherever a host is given it. */
export function withScript(connection: HostConnection, script: string): HostConnection {
  const [right, wrong] = [Buffer.from(JOURNAL_SCRIPT), Buffer.from(script)];
  return changedPrograms(connection, (program) => {
    const { stdin } = program;
    if (stdin === JOURNAL_SCRIPT) return { ...program, stdin: script };
    // Among what is laid down: the first of its files, with its size in the command.
    if (!Buffer.isBuffer(stdin) || !stdin.subarray(0, right.length).equals(right)) return program;
    const argv = program.argv.map((word) => (word === String(right.length) ? String(wrong.length) : word));
    return { ...program, argv, stdin: Buffer.concat([wrong, stdin.subarray(right.length)]) };
  });
}

const BATCHES = 4;
const LONG_S = 600;
/** Where undoing takes a second, nobody waits for a minute. */
const OVER_MS = 25_000;

function mark(word: string): Program {
  return { argv: ['sh', '-c', 'cat >>/run/marks'], stdin: `${word}\n` };
}

async function within<T>({ connection }: Watched, doing: (session: HostSession) => Promise<T>): Promise<T> {
  const session = await connection.open({ lock: true });
  try {
    return await doing(session);
  } finally {
    await session.close();
  }
}

/** A run of four batches, undone last one first; `slow` is an undo program that takes its time. */
async function arm({ run }: Watched, session: HostSession, windowS: number, slow = ''): Promise<readonly string[]> {
  const meta = { formatVersion: JOURNAL_FORMAT, run, topology: 'small', who: 'test', at: '' };
  const undo = Array.from({ length: BATCHES }, (_, index) => {
    const after = BATCHES - index;
    const program = mark(`${run} undo ${String(after)}`);
    return {
      after,
      deletes: 0,
      program: slow === '' ? program : { ...program, argv: ['sh', '-c', `${slow}; cat >>/run/marks`] },
    };
  });
  const programs = journalPrograms({ meta, undo, windowS, over: null });
  const results = await session.run(programs);
  const last = results.at(-1);
  return last?.exitCode === 0 && results.length === programs.length ? [] : [last?.stderr.toString() ?? 'no answer'];
}

async function armed(watched: Watched, session: HostSession, windowS: number, slow = ''): Promise<void> {
  assert.deepEqual(await arm(watched, session, windowS, slow), []);
}

async function begin(session: HostSession, count: number): Promise<void> {
  const programs = Array.from({ length: count }, (_, index) => inBatch({ argv: ['true'] }, index + 1));
  const results = await session.run(programs);
  assert(results.every(({ exitCode }) => exitCode === 0));
}

async function marks({ host, run }: Watched): Promise<readonly string[]> {
  const text = await host.run('sh', '-c', 'cat /run/marks 2>/dev/null || :');
  return text.split('\n').flatMap((line) => (line.startsWith(`${run} `) ? [line.slice(run.length + 1)] : []));
}

/**
 * Whatever ends the run has ended its watchdog as well, when it comes back: held fast meanwhile, it cannot do so by itself.
 * Gone, or told to go (SIGTERM, 15, waits for it).
 */
async function endsWatchdog<T>({ host }: Watched, doing: () => Promise<T>): Promise<T> {
  // Told to stop is not yet stopped: until then it would take the other signal first, and be neither waiting nor gone.
  const hold = `
    read -r pid _ </run/trunkline/run/watchdog && kill -STOP "$pid" || exit
    until grep -q '^State:.T' "/proc/$pid/status"; do :; done
    echo "$pid"`;
  const pid = (await host.run('sh', '-c', hold)).trim();
  const result = await doing();
  const look = `
    waits=$(sed -n 's/^ShdPnd:[[:space:]]*/0x/p' "/proc/$1/status" 2>/dev/null)
    if [ -z "$waits" ] || [ $((waits >> 14 & 1)) = 1 ]; then echo ended; else echo left; fi
    kill -CONT "$1" 2>/dev/null
    exit 0`;
  assert.equal((await host.run('sh', '-c', look, 'look', pid)).trim(), 'ended', 'the watchdog');
  return result;
}

function undone(begun: number): readonly string[] {
  return Array.from({ length: begun }, (_, index) => `undo ${String(begun - index)}`);
}

async function told(watched: Watched, expected: string): Promise<void> {
  assert.equal(await within(watched, (session) => endOfRun(session, watched.run)), expected);
}

/** Nobody says anything any more: the host undoes it, last batch first, what was begun and nothing else. */
const silence: Scenario = async (watched) => {
  const begun = Math.floor(watched.random() * (BATCHES + 1));
  await within(watched, async (session) => {
    await armed(watched, session, 1);
    await begin(session, begun);
  });
  await untilOver(watched.host, OVER_MS);
  assert.deepEqual(await marks(watched), undone(begun));
  await told(watched, 'undone');
  assert.equal(await ownTraces(watched.host, watched.run), 'ended\nholder\nlock');
  return { 'left to themselves': 1 };
};

/** Not before its time: a run that waits is there for as long as it was told to be. */
const patience: Scenario = async (watched) => {
  await within(watched, async (session) => {
    await armed(watched, session, 1);
    await begin(session, 1);
    // A sign of life, and being ready, each move the deadline.
    const held = await holdWindow(session, watched.run, LONG_S);
    assert.equal(held.ended, null);
  });
  await sleep(1300);
  assert.deepEqual(await marks(watched), []);
  assert.notEqual(await openRunOn(watched.host), null);
  await endsWatchdog(watched, () => within(watched, (session) => undoRun(session, watched.run)));
  assert.deepEqual(await marks(watched), undone(1));
  return { 'waited for': 1 };
};

/** Confirmed, it is never undone; and only what is ready can be confirmed. */
const confirmed: Scenario = async (watched) => {
  await within(watched, async (session) => {
    await armed(watched, session, LONG_S);
    await begin(session, 2);
    assert.notEqual((await keepRun(session, watched.run, 'confirmed')).ended, null, 'confirmed while it was written');
    await holdWindow(session, watched.run, 1);
  });
  await within(watched, async (session) => {
    const { ended } = await endsWatchdog(watched, () => keepRun(session, watched.run, 'confirmed'));
    assert.equal(ended, null);
  });
  await sleep(300);
  await told(watched, 'kept');
  assert.equal((await within(watched, (session) => undoRun(session, watched.run))).ended, 'kept');
  assert.deepEqual(await marks(watched), []);
  assert.equal(await ownTraces(watched.host, watched.run), 'ended\nholder\nlock');
  return { confirmed: 1 };
};

/** Keep and undo at the same moment: one of them, and both are told which. */
const race: Scenario = async (watched) => {
  await within(watched, async (session) => {
    await armed(watched, session, LONG_S, 'sleep 0.1');
    await begin(session, 1);
    await holdWindow(session, watched.run, LONG_S);
  });
  const ask = (verb: 'keep' | 'undo'): Program => ({
    argv: ['sh', '-s', verb, watched.run, verb === 'keep' ? 'confirmed' : '999999'],
    stdin: JOURNAL_SCRIPT,
  });
  const alone = async (program: Program): Promise<number> => {
    const session = await watched.connection.open({ lock: false });
    try {
      return (await session.run([program]))[0]?.exitCode ?? -1;
    } finally {
      await session.close();
    }
  };
  const wait = watched.random() * 20;
  const [kept, taken] = await Promise.all([sleep(wait).then(() => alone(ask('keep'))), alone(ask('undo'))]);
  await untilOver(watched.host, OVER_MS);
  const outcome = [kept === 0, taken === 0, (await marks(watched)).length];
  assert.deepEqual(outcome, kept === 0 ? [true, false, 0] : [false, true, 1]);
  await told(watched, kept === 0 ? 'kept' : 'undone');
  return { races: 1 };
};

/** Kept at the very moment at which its time is over: kept or undone, whole, and everybody is told the same. */
const lastMoment: Scenario = async (watched) => {
  await within(watched, async (session) => {
    await armed(watched, session, 1, 'sleep 0.1');
    await begin(session, 1);
    await holdWindow(session, watched.run, 1);
  });
  // Over a connection of its own: whoever has made the run is ended with it.
  const kept = await within(watched, async (session) => {
    const { answer = 0 } = await holdWindow(session, watched.run, 1);
    await sleep(answer * 1000 - 40 + watched.random() * 80);
    return (await keepRun(session, watched.run, 'confirmed')).ended === null;
  });
  await untilOver(watched.host, OVER_MS);
  assert.deepEqual(await marks(watched), kept ? [] : undone(1));
  await told(watched, kept ? 'kept' : 'undone');
  return { [kept ? 'kept at the last moment' : 'kept too late']: 1 };
};

/** One run a host: another is refused while one is open, and what is laid down for that one stays, whatever is said of others. */
const second: Scenario = async (watched) => {
  const other = { ...watched, run: `${watched.run}x` };
  await within(watched, async (session) => {
    await armed(other, session, LONG_S);
    await undoRun(session, other.run);
    await armed(watched, session, LONG_S);
    await begin(session, 1);
    assert.match((await arm({ ...watched, run: `${watched.run}y` }, session, LONG_S)).join(), /not over/);
    await holdWindow(session, watched.run, LONG_S);
    assert.equal((await undoRun(session, other.run)).ended, 'undone', 'a run that was undone before');
    assert.equal((await undoRun(session, `${watched.run}y`)).ended, 'gone', 'a run that never was');
    assert.equal((await keepRun(session, other.run, 'confirmed')).ended, 'undone');
    assert.equal((await holdWindow(session, other.run, LONG_S)).ended, 'undone');
  });
  assert.deepEqual(await marks(watched), []);
  assert.equal((await openRunOn(watched.host))?.run, watched.run);
  await within(watched, (session) => undoRun(session, watched.run));
  assert.deepEqual(await marks(watched), undone(1));
  return { 'second runs refused': 1 };
};

/** Who undoes it is killed in the middle: somebody else does the whole of it, and says so. */
const killedUndo: Scenario = async (watched) => {
  await within(watched, async (session) => {
    await armed(watched, session, LONG_S, 'sleep 0.5');
    await begin(session, 3);
  });
  const undoing = watched.connection.open({ lock: true }).then(async (session) => {
    await session.run([{ argv: ['sh', '-s', 'undo', watched.run, '999999'], stdin: JOURNAL_SCRIPT }]).catch(() => null);
    await session.close();
  });
  // Its process is named there by number and start time.
  const kill = `until read -r pid _ </run/trunkline/undoing-"$1"/undoer; do sleep 0.01; done 2>/dev/null
    sleep "$2" && kill -KILL "$pid" && [ -d /run/trunkline/undoing-"$1" ]`;
  await watched.host.run('sh', '-c', kill, 'kill', watched.run, watched.random().toFixed(2));
  await undoing;
  await untilOver(watched.host, OVER_MS);
  assert.deepEqual((await marks(watched)).slice(-3), undone(3));
  await told(watched, 'undone');
  return { 'undos killed': 1 };
};

/** What the run was doing is ended before it is undone, however long it takes. */
const hanging: Scenario = async (watched) => {
  const session = await watched.connection.open({ lock: true });
  await armed(watched, session, 1);
  await begin(session, 1);
  const busy = 'n=0; while [ $n -lt 400 ]; do echo "$1 busy" >>/run/marks; sleep 0.05; n=$((n + 1)); done';
  const hangs = session.run([inBatch({ argv: ['sh', '-c', busy, 'busy', watched.run] }, 2)]).catch(() => []);
  await untilOver(watched.host, OVER_MS);
  // It would have said so ten times more.
  await sleep(500);
  const said = await marks(watched);
  assert(said.includes('busy'), 'it was not begun');
  assert.deepEqual(said.slice(said.lastIndexOf('busy') + 1), undone(2));
  await hangs;
  await session.close().catch(() => undefined);
  return { 'hanging programs ended': 1 };
};

/** Somebody who works under the lock is waited for, so that not two write at once. */
const locked: Scenario = async (watched) => {
  await within(watched, async (session) => {
    await armed(watched, session, 1);
    await begin(session, 1);
  });
  await within(watched, async (session) => {
    const work = ['sh', '-c', 'sleep 3; echo "$1 work" >>/run/marks', 'work', watched.run];
    await session.run([{ argv: work }]);
  });
  await untilOver(watched.host, OVER_MS);
  assert.deepEqual(await marks(watched), ['work', ...undone(1)]);
  return { 'holders of the lock waited for': 1 };
};

/** The quick ones come more often. */
export const SCENARIOS: readonly Scenario[] = [
  silence,
  confirmed,
  race,
  patience,
  second,
  killedUndo,
  hanging,
  locked,
  silence,
  race,
  confirmed,
  second,
  lastMoment,
  lastMoment,
];
