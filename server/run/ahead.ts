/**
 * Stage: the text of a topology file → a reading of this machine that is begun before the file is understood: both take their
 * time, and neither needs the other but for the topology's name. It is the same reading in the same session, only earlier (with
 * the lock, where it is to be changed), and is taken for nothing else: where the file turns out to be about other hosts, or
 * wrong, the session is let go.
 */
import { Failure } from '../core/failure.ts';
import type { Host, Model } from '../flow/model.ts';
import type { HostConnection, HostSession, OpenOptions, Program, ProgramResult } from '../host/connection.ts';
import { startLocal } from '../host/runner.ts';
import type { OwnSession } from '../host/session.ts';
import { KINDS } from '../kinds/index.ts';
import { observeProgram, saysAsMuch } from '../observe/host.ts';
import type { ConnectionOf } from './apply.ts';
import { SHOW } from './journal.ts';
import { sysctlsOf } from './observe.ts';

export interface Ahead {
  /** The same connections, of which the one to this machine answers first with what was begun. */
  readonly through: (model: Model, connectionOf: ConnectionOf) => ConnectionOf;
  /** Lets go what nobody has asked for. */
  readonly end: () => Promise<void>;
}

/** Nothing is begun for a file that does not say at the first glance that it is about this machine. */
export function readAhead(text: string, lock: boolean): Ahead {
  const topology = topologyHere(text);
  return topology === undefined || process.geteuid?.() !== 0 ? NOTHING : begin(topology, lock);
}

/** Nothing is begun. */
export const NOTHING: Ahead = { through: (_model, connectionOf) => connectionOf, end: () => Promise.resolve() };

/** Its name, where one of its hosts seems to be this machine. */
function topologyHere(text: string): string | undefined {
  if (!/\baccess:\s*["']?local\b/.test(text)) return undefined;
  return /^topology:[ \t]*["']?([a-z][a-z0-9-]*)["']?[ \t]*(?:#.*)?$/m.exec(text)?.[1];
}

function begin(topology: string, lock: boolean): Ahead {
  const reading = observeProgram({ topology, namespaces: [], sysctls: sysctlsOf(KINDS), watched: true });
  const asked = lock ? [SHOW, reading] : [reading];
  let begun: Promise<OwnSession | Failure> | null = startLocal(lock, asked).catch(asFailure);

  const take = async (): Promise<OwnSession | Failure | null> => {
    const taken = begun;
    begun = null;
    return taken;
  };
  const end = async (): Promise<void> => {
    const session = await take();
    if (session !== null && !(session instanceof Failure)) session.abandon();
  };
  const open = async (own: HostConnection, options: OpenOptions): Promise<HostSession> => {
    if (options.lock === lock && options.fresh !== true) {
      const session = await take();
      if (session !== null && !(session instanceof Failure)) return answeringFirst(own.host, session, asked);
      // It has been waited for. Why else it cannot be had, whoever tries again finds out.
      if (session?.kind === 'locked') throw heldBy(own.host, session);
    }
    // Its lock must not stand in the way.
    await end();
    return own.open(options);
  };
  return {
    end,
    through: (model, connectionOf) => (host: Host) => {
      const own = connectionOf(host);
      if (host.access.type !== 'local' || model.topology !== topology) return own;
      return { ...own, open: (options) => open(own, options) };
    },
  };
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}

function heldBy(host: string, { kind, detail }: Failure): Failure {
  return new Failure(kind, `Another run holds ${host}`, detail === undefined ? {} : { detail });
}

/** What was asked at the start is answered with that, once each, where nothing else has been done before. */
function answeringFirst(host: string, session: OwnSession, asked: readonly Program[]): HostSession {
  let fresh = true;
  const known = async (program: Program): Promise<ProgramResult | undefined> => {
    const index = asked.findIndex(({ stdin, argv }) => stdin === program.stdin && argv[2] === program.argv[2]);
    const [result, question] = [(await session.answered)[index], asked[index]];
    if (result?.exitCode !== 0 || question === undefined) return undefined;
    return question === SHOW || saysAsMuch(result.stdout, question, program) ? result : undefined;
  };
  return {
    host,
    get started() {
      return session.started;
    },
    async run(programs) {
      const [program, ...others] = programs;
      const result = fresh && program !== undefined && others.length === 0 ? await known(program) : undefined;
      if (result !== undefined) {
        // The reading is the last that was asked for.
        fresh = program?.stdin === SHOW.stdin;
        return [result];
      }
      fresh = false;
      await session.answered;
      return session.run(programs);
    },
    sent: () => session.sent?.() ?? Promise.resolve(),
    close: () => session.close(),
  };
}
