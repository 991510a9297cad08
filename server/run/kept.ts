/** What a host keeps of the runs that were kept there: laid down, put in place, compared and read. See `kept-script.ts`. */
import { z } from 'zod';
import { Failure } from '../core/failure.ts';
import type { AtBoot } from '../flow/run.ts';
import type { Resource } from '../flow/resource.ts';
import type { HostSession, Program } from '../host/connection.ts';
import type { Kind } from '../kinds/kind.ts';
import { BOOT_FORMAT } from './boot-files.ts';
import type { BootFiles } from './boot-files.ts';
import { JOURNAL_SCRIPT } from './journal-script.ts';
import { atBootOf, STAGE } from './kept-script.ts';

/** Lays the files down beside the run that they are of. */
export function stageProgram(folder: 'run/boot' | 'kept.new', files: BootFiles): Program {
  const named = Object.entries(files).map(([name, text]) => ({ name, content: Buffer.from(text) }));
  const words = named.flatMap(({ name, content }) => [name, sizeOf(content)]);
  return {
    argv: ['sh', '-c', STAGE, 'trunkline-stage', folder, ...words],
    stdin: Buffer.concat(named.map(({ content }) => content)),
  };
}

const SHORT = 1500;

function sizeOf(content: Buffer): string {
  const isShort = content.length <= SHORT && content.at(-1) === LINE_END && !content.includes(0);
  return isShort ? `${String(content.filter((byte) => byte === LINE_END).length)}l` : String(content.length);
}

const LINE_END = 10;

/** Whether what the host keeps is what is wanted. `digest`: '' where nothing is. */
export async function isKept(session: HostSession, topology: string, digest: string): Promise<boolean> {
  return (await answer(session, [journal('check', topology, digest)])).trim() === 'same';
}

/** Where nothing had to be changed on the host: what it keeps is brought up to what is wanted there. */
export async function settleKept(session: HostSession, run: string, files: BootFiles): Promise<AtBoot | null> {
  return atBootOf(await answer(session, [stageProgram('kept.new', files), journal('settle', run)]));
}

const KeptState = z.object({
  formatVersion: z.number().int(),
  topology: z.string(),
  run: z.string(),
  who: z.string(),
  at: z.string(),
  fromNothing: z.boolean(),
  desired: z.array(z.looseObject({ kind: z.string(), id: z.string(), scope: z.string() })),
});

/** A state of one topology on one host, as a run left it that was kept. */
export interface KeptState extends Omit<z.infer<typeof KeptState>, 'desired'> {
  readonly desired: readonly Resource[];
}

/** The last one first, with those before it as far as the host has them; none where nothing is kept. */
export async function keptStates(
  session: HostSession,
  topology: string,
  kinds: readonly Kind[],
): Promise<readonly KeptState[]> {
  const text = await answer(session, [journal('kept', topology)]);
  const kindOf = new Map(kinds.map((each) => [each.name, each]));
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const parsed = KeptState.safeParse(json(line));
      if (!parsed.success || parsed.data.topology !== topology) throw damaged(session.host, topology);
      if (parsed.data.formatVersion > BOOT_FORMAT)
        throw new Failure('observation', `What ${session.host} keeps of ${topology} was written by a newer version`, {
          detail: `It has format ${String(parsed.data.formatVersion)}; this version reads up to ${String(BOOT_FORMAT)}.`,
        });
      for (const each of parsed.data.desired)
        if (kindOf.get(each.kind)?.schema.safeParse(each).success !== true) throw damaged(session.host, topology);
      return parsed.data;
    });
}

function damaged(host: string, topology: string): Failure {
  return new Failure('observation', `What ${host} keeps of ${topology} is damaged`, {
    detail: `/etc/trunkline/${topology}/current/state.json there does not have the shape it was written with.`,
    toDo: ['An apply writes it anew.'],
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function journal(verb: string, ...args: readonly string[]): Program {
  return { argv: ['sh', '-s', verb, ...args], stdin: JOURNAL_SCRIPT };
}

async function answer(session: HostSession, programs: readonly Program[]): Promise<string> {
  const results = await session.run(programs);
  const last = results.at(-1);
  if (last === undefined) throw new Failure('host-unreachable', `${session.host} did not answer`);
  if (last.exitCode !== 0)
    throw new Failure('journal', `${session.host} could not look after what it keeps`, {
      detail: last.stderr.toString('utf8').trim() || `exit code ${String(last.exitCode)}`,
    });
  return last.stdout.toString('utf8');
}
