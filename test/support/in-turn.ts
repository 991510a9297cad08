import { Failure } from '../../server/core/failure.ts';
import type { HostConnection, HostSession, Program, ProgramResult } from '../../server/host/connection.ts';

/**
 * Hosts of a run whose commands are run one at a time, over all of them, in an order that the seed decides: between any two of
 * them `atCut` may look around. A command is what stands in a plan as one batch, or what the host does by itself to undo.
 */
export interface InTurn {
  readonly connectionOf: (host: { readonly name: string }) => HostConnection;
  /** How many commands were run. */
  readonly cuts: () => number;
}

/** What becomes of one command instead of being run. */
export interface PlannedFault {
  readonly host: string;
  /** Which of that host's batches, counted from 0. */
  readonly batch: number;
  /** `refused`: not run; `forged`: run, and said to have failed; `killed`: run, and the session dies. */
  readonly sort: 'refused' | 'forged' | 'killed';
}

export interface InTurnOptions {
  readonly connectionOf: (host: { readonly name: string }) => HostConnection;
  readonly random: () => number;
  readonly fault: PlannedFault | null;
  readonly atCut: () => Promise<void>;
}

export function runInTurn({ connectionOf, random, fault, atCut }: InTurnOptions): InTurn {
  const waiting: (() => void)[] = [];
  let busy = false;
  let cuts = 0;
  const batches = new Map<string, number>();

  const pick = (): void => {
    if (busy || waiting.length === 0) return;
    busy = true;
    // Whoever else is about to come is waited for, so that the seed has a choice.
    setTimeout(() => {
      const [next] = waiting.splice(Math.floor(random() * waiting.length), 1);
      next?.();
    }, 4);
  };
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      pick();
    });
    try {
      return await work();
    } finally {
      cuts += 1;
      await atCut();
      busy = false;
      pick();
    }
  };

  const runOne = async (session: HostSession, program: Program): Promise<ProgramResult> => {
    const count = batches.get(session.host) ?? 0;
    batches.set(session.host, count + 1);
    const hit = fault?.host === session.host && fault.batch === count ? fault.sort : null;
    if (hit === 'refused') return FAILED;
    const [result] = await session.run([program]);
    if (hit === 'killed') {
      await session.close();
      throw new Failure('host-unreachable', `${session.host} was cut off`);
    }
    if (result === undefined) throw new Error(`${session.host} gave no answer`);
    return hit === 'forged' ? FAILED : result;
  };

  const wrapped = (session: HostSession): HostSession => ({
    host: session.host,
    get started() {
      return session.started;
    },
    async run(programs) {
      if (!programs.some(isBatch))
        return programs.some(isUndo) ? alone(() => session.run(programs)) : session.run(programs);
      const results: ProgramResult[] = [];
      for (const program of programs) {
        const result = await alone(() => runOne(session, program));
        results.push(result);
        if (result.exitCode !== 0) break;
      }
      return results;
    },
    close: () => session.close(),
  });
  return {
    cuts: () => cuts,
    connectionOf: (host) => {
      const connection = connectionOf(host);
      return { ...connection, open: async (options) => wrapped(await connection.open(options)) };
    },
  };
}

const FAILED: ProgramResult = { exitCode: 2, stdout: Buffer.alloc(0), stderr: Buffer.from('planted fault') };

function isBatch({ argv }: Program): boolean {
  return argv[3] === 'trunkline-batch' && argv[5] !== 'true';
}

function isUndo({ argv }: Program): boolean {
  return argv[1] === '-s' && argv[2] === 'undo';
}
