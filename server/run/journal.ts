/**
 * The journal of a run on the managed host: what would undo the run lies there, whole, before the first write; how far the run
 * got is noted there; and where it is armed, a watchdog there undoes it at the deadline unless it is confirmed. What the host
 * does about it is one constant script, see `journal-script.ts`.
 */
import { z } from 'zod';
import { Failure } from '../core/failure.ts';
import type { AtBoot } from '../flow/run.ts';
import type { HostSession, Program, ProgramResult } from '../host/connection.ts';
import type { Undo } from './inverse.ts';
import { atBootOf } from './kept-script.ts';
import { BEGIN, JOURNAL_SCRIPT, LAY_DOWN } from './journal-script.ts';

export const JOURNAL_FORMAT = 1;

/** What people are told of a run that is on a host. */
export const JournalMeta = z.object({
  formatVersion: z.number().int(),
  run: z.string(),
  topology: z.string(),
  who: z.string(),
  /** When it began, by the clock of whoever started it. */
  at: z.string(),
});
export type JournalMeta = z.infer<typeof JournalMeta>;

export interface Journal {
  readonly meta: JournalMeta;
  readonly undo: readonly Undo[];
  /** Rules of before and after that flows have to be judged by: see `flows-owed.ts`. */
  readonly flows?: { readonly before: string | null; readonly after: string | null };
  /** Undone by the host itself so long after its last sign of progress; 0: not armed. */
  readonly windowS: number;
  /** The run that broke off and is superseded. */
  readonly over: string | null;
}

/** Lay everything down, and arm; nothing may be written to the host before these have all succeeded. */
export function journalPrograms({ meta, undo, flows, windowS, over }: Journal): readonly Program[] {
  const { index, data } = inverseFiles(undo);
  const files = [JOURNAL_SCRIPT, flows?.before ?? null, flows?.after ?? null, index].map((each) =>
    each === null ? null : Buffer.from(each),
  );
  const sizes = files.map((each) => (each === null ? '-' : String(each.length)));
  const words = [...sizes, meta.run, String(windowS), JSON.stringify(meta), over ?? ''];
  return [
    {
      argv: ['sh', '-c', LAY_DOWN, 'trunkline-journal', ...words],
      stdin: Buffer.concat([...files.filter((each) => each !== null), data]),
    },
  ];
}

/** The frames of the inverse, and the input of its programs, which they point into. */
function inverseFiles(undo: readonly Undo[]): { readonly index: Buffer; readonly data: Buffer } {
  let offset = 0;
  const inputs: Buffer[] = [];
  const frames = undo.map(({ after, program: { argv, stdin } }) => {
    const wrong = argv.find((each) => /[\n\0]/.test(each));
    if (wrong !== undefined) throw new TypeError(`argument with a line break or NUL: ${JSON.stringify(wrong)}`);
    const input = Buffer.from(stdin ?? '');
    const head = `run ${String(after)} ${String(argv.length)} ${String(offset)} ${String(input.length)}\n`;
    offset += input.length;
    inputs.push(input);
    return head + argv.map((each) => `${each}\n`).join('');
  });
  return { index: Buffer.from(frames.join('')), data: Buffer.concat(inputs) };
}

/** A program of the run, which notes on the host that its batch has begun. */
export function inBatch(program: Program, batch: number): Program {
  return { ...program, argv: ['sh', '-c', BEGIN, 'trunkline-batch', String(batch), ...program.argv] };
}

/** A run that is on a host: still being made, broken off, waiting for confirmation, or being undone. */
export interface OpenRun extends JournalMeta {
  readonly windowS: number;
  /** Until the host undoes it by itself; `null` where it is not armed. */
  readonly leftMs: number | null;
  readonly ready: boolean;
  readonly undoing: boolean;
  /** Whether the watchdog that it is armed with lives. */
  readonly watched: boolean;
}

/** What `openWithOwed` asks. */
export const SHOW: Program = program('show', 'owed');

/** The program of a run that has judged all flows that it has to. */
export const FLOWS_JUDGED: Program = { argv: ['rm', '-f', '/run/trunkline/run/flows-before'] };

/** Rules that stood while that run was made, and whose flows nobody has judged yet. */
export interface OwedText {
  readonly run: string;
  readonly text: string;
}

/** What is open on a host; and what runs have left there to be judged, that one included. */
export async function openWithOwed(
  session: HostSession,
): Promise<{ readonly open: OpenRun | null; readonly owed: readonly OwedText[] }> {
  const text = (await ask(session, 'show', 'owed')).stdout.toString('utf8');
  const owed = [...text.matchAll(/^owed (\S+) (.*)$/gm)].map(([, run = '', rules = '']) => ({ run, text: rules }));
  return { open: openRunOf(session, text.replaceAll(/^owed .*\n?/gm, '')), owed };
}

/** They have been judged. */
export async function forgetOwed(session: HostSession, runs: readonly string[]): Promise<void> {
  for (const run of runs) await ask(session, 'judged', run);
}

export async function openRun(session: HostSession): Promise<OpenRun | null> {
  return openRunOf(session, (await ask(session, 'show', '')).stdout.toString('utf8'));
}

function openRunOf(session: HostSession, text: string): OpenRun | null {
  const [head, meta] = text.split('\n');
  if (head === undefined || head === '') return null;
  const [, folder = '', state, window, left, watchdog, undoer] = head.split(' ');
  const windowS = Number(window);
  return {
    ...readMeta(session, folder, meta),
    windowS,
    leftMs: windowS === 0 ? null : Number(left) * 10,
    ready: state === 'ready',
    undoing: folder.startsWith('undoing') && (undoer === 'alive' || watchdog === 'alive'),
    watched: watchdog === 'alive',
  };
}

function readMeta(session: HostSession, folder: string, text = ''): JournalMeta {
  const parsed = JournalMeta.safeParse(parseJson(text));
  if (parsed.success && parsed.data.formatVersion <= JOURNAL_FORMAT) return parsed.data;
  throw new Failure('pending', `A run of another version of Trunkline is on ${session.host}`, {
    detail: `/run/trunkline/${folder} there is not in a format that this version knows. Use the version that wrote it.`,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How a run on a host ended, or `gone` where that host knows nothing of it. */
export type Ending = 'kept' | 'undone' | 'being-undone' | 'gone';

export type Answered<T> =
  { readonly ended: Ending; readonly answer?: never } | { readonly ended: null; readonly answer: T };

/** Moves the deadline so that at least so many seconds are left; from then on the run can be confirmed. Answers with the seconds. */
export async function holdWindow(session: HostSession, run: string, forS: number): Promise<Answered<number>> {
  return answered(await ask(session, 'hold', run, String(forS)), (text) => Number(text) / 100);
}

/**
 * The same for a run that waits already, in one exchange: `ready` where the host keeps it open for so long; `writing` where it is
 * still being made, and is left alone.
 */
export async function holdReady(
  session: HostSession,
  run: string,
  forS: number,
): Promise<'ready' | 'writing' | Ending> {
  const result = await ask(session, 'hold', run, String(forS), 'ready');
  const text = result.stdout.toString('utf8');
  if (result.exitCode !== 0) return text.startsWith('writing') ? 'writing' : endingOf(text);
  readMeta(session, 'run', text.split('\n')[1]);
  return 'ready';
}

/** Keeps the run for good: from now on the host does not undo it. Answers with who brings it back when the host starts. */
export async function keepRun(
  session: HostSession,
  run: string,
  as: 'confirmed' | 'done',
): Promise<Answered<AtBoot | null>> {
  return answered(await ask(session, 'keep', run, as), atBootOf);
}

/** Undoes the run on the host, up to the batch of this number; what could not be undone comes back as text. */
export async function undoRun(
  session: HostSession,
  run: string,
  begun = 999_999,
): Promise<Answered<readonly string[]>> {
  return answered(await ask(session, 'undo', run, String(begun)), (text) =>
    text.split('\n').filter((line) => line !== ''),
  );
}

/** How a run that is not on the host any more ended, as far as the host knows. */
export async function endOfRun(session: HostSession, run: string): Promise<Ending> {
  return endingOf((await ask(session, 'end', run)).stdout.toString('utf8'));
}

/** A run that the host has undone by itself, and what of it could not be undone. */
export interface UndoneInPart {
  readonly run: string;
  readonly problems: readonly string[];
}

/** Those of the time since a run was kept there last. */
export async function undoneInPart(session: HostSession): Promise<readonly UndoneInPart[]> {
  const runs: { run: string; problems: string[] }[] = [];
  for (const line of (await ask(session, 'problems', '')).stdout.toString('utf8').split('\n')) {
    const [, word, rest = ''] = /^(run|said) (.*)$/.exec(line) ?? [];
    if (word === 'run') runs.push({ run: rest, problems: [] });
    else if (word === 'said' && rest !== '') runs.at(-1)?.problems.push(rest);
  }
  return runs;
}

const NO_LONGER = 3;

async function ask(session: HostSession, verb: string, ...args: readonly string[]): Promise<ProgramResult> {
  const [result] = await session.run([program(verb, ...args)]);
  if (result === undefined) throw new Failure('host-unreachable', `${session.host} did not answer`);
  if (result.exitCode !== 0 && result.exitCode !== NO_LONGER)
    throw new Failure('journal', `${session.host} could not look after its journal of runs`, {
      detail: result.stderr.toString('utf8').trim() || `exit code ${String(result.exitCode)}`,
    });
  return result;
}

function program(verb: string, ...args: readonly string[]): Program {
  return { argv: ['sh', '-s', verb, ...args], stdin: JOURNAL_SCRIPT };
}

function answered<T>(result: ProgramResult, read: (text: string) => T): Answered<T> {
  const text = result.stdout.toString('utf8');
  return result.exitCode === 0 ? { ended: null, answer: read(text) } : { ended: endingOf(text) };
}

function endingOf(text: string): Ending {
  switch (/^\w*/.exec(text)?.[0]) {
    case 'confirmed':
    case 'done':
      return 'kept';
    case 'undone':
      return 'undone';
    case 'undoing':
      return 'being-undone';
    default:
      return 'gone';
  }
}

/** Seconds that undoing takes at most on a machine that is not starved: deleting links dominates, see the measurements of the kernel. */
export function undoSeconds(undo: readonly Undo[]): number {
  const ms = undo.reduce((sum, { program, deletes }) => {
    const lines = program.stdin?.toString().split('\n').length ?? 0;
    return sum + 50 + deletes * 45 + lines * 2;
  }, 1000);
  return Math.ceil(ms / 1000);
}
