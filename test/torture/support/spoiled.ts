/** Connections that do something else with a program than they are asked to. */
import type { HostConnection, HostSession, Program } from '../../../server/host/connection.ts';

/** A program of a run that goes forward: its batch, counted from 1, and what is run for it. */
export interface BatchProgram {
  readonly batch: number;
  readonly program: Program;
}

/** `sh -c BEGIN trunkline-batch NUMBER PROGRAM…`, as `server/run/journal.ts` wraps it; `null` for what is no part of a batch. */
export function batchProgram({ argv, stdin }: Program): BatchProgram | null {
  if (argv[0] !== 'sh' || argv[3] !== 'trunkline-batch') return null;
  const program = { argv: argv.slice(5), ...(stdin === undefined ? {} : { stdin }) };
  return { batch: Number(argv[4]), program };
}

/** The same wrapped program with another one in it. */
export function rewrapped({ argv }: Program, { argv: own, stdin }: Program): Program {
  return { argv: [...argv.slice(0, 5), ...own], ...(stdin === undefined ? {} : { stdin }) };
}

/** Every program passes through `change` before it is run. */
export function changedPrograms(connection: HostConnection, change: (program: Program) => Program): HostConnection {
  return {
    ...connection,
    async open(options) {
      const session = await connection.open(options);
      return changedSession(session, (programs) => session.run(programs.map(change)));
    },
  };
}

/** The same session with another way to run programs. */
export function changedSession(session: HostSession, run: HostSession['run']): HostSession {
  return {
    host: session.host,
    get started() {
      return session.started;
    },
    run,
    close: () => session.close(),
  };
}

/** A sequence of numbers from 0 to 1 that only a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = (seed * 0x9e37_79b9) >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of a list. */
export function pick<T>(random: () => number, list: readonly T[]): T {
  const one = list[Math.floor(random() * list.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}
