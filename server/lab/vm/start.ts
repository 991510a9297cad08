/** Watches a virtual machine start: until it answers, or until it is clear that it does not. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../core/failure.ts';
import { RIGHTS_NEEDED } from '../nodes.ts';
import { livingProcess } from '../process-record.ts';
import { startCommand } from './channel.ts';
import { MORE_MEMORY } from './memory.ts';
import type { Accelerator } from './qemu.ts';

/** A machine that did not come to stand. */
export interface Stumble {
  /** Whether its kernel had said anything. */
  readonly begun: boolean;
  /** A few words: `kernel panic: …`. */
  readonly reason: string;
  readonly failure: Failure;
}

/** Under KVM the first line comes in less than one second, or never. */
const KVM_FIRST_LINE_MS = 15_000;
/** A guest that is starting says something every second, and on a busy machine every ten. */
const SILENCE_MS = 60_000;
/** Emulated, on a busy machine: some 5 s otherwise. A guest that hangs may still complain about that every minute. */
const ALL_MS = 180_000;
const LOOK_MS = 50;

/** `null` once a command ran to its end in the machine: all is there then, files, modules, a way in. */
export async function awaitStart(
  folder: string,
  accelerator: Accelerator,
  signal?: AbortSignal,
): Promise<Stumble | null> {
  const probe = startCommand(folder, { argv: ['true'] });
  try {
    return await awaitAnswer(folder, accelerator, probe.ended, signal);
  } finally {
    probe.abandon();
  }
}

async function awaitAnswer(
  folder: string,
  accelerator: Accelerator,
  ended: Promise<number>,
  signal: AbortSignal | undefined,
): Promise<Stumble | null> {
  const never = new Promise<never>(() => undefined);
  const answers = ended.then(
    (code) => (code === 0 ? true : never),
    () => never, // Its end shows in its processes.
  );
  const startedMs = performance.now();
  let [size, grewMs] = [0, startedMs];
  while (!(await Promise.race([answers, sleep(LOOK_MS, false)]))) {
    signal?.throwIfAborted();
    if ((await livingProcess(folder, 'keeper')) === null) return stumble(folder, null);
    const nowMs = performance.now();
    const sizeNow = (await stat(join(folder, 'console'))).size;
    if (sizeNow > size) [size, grewMs] = [sizeNow, nowMs];
    const patienceMs = accelerator === 'kvm' && size === 0 ? KVM_FIRST_LINE_MS : SILENCE_MS;
    if (nowMs - grewMs > patienceMs || nowMs - startedMs > ALL_MS) return stumble(folder, 'it hangs');
  }
  return null;
}

async function stumble(folder: string, hang: string | null): Promise<Stumble> {
  const console = await read(folder, 'console');
  const panic = /Kernel panic[^:]*: (.*)/.exec(console)?.[1];
  const ended = await read(folder, 'ended');
  const reason = hang ?? (panic === undefined ? ended : `kernel panic: ${panic}`);
  const failure = new Failure('lab', 'The virtual machine does not come to stand', {
    detail: hang === null ? await lastWords(folder) : `${hang}\n${await lastWords(folder)}`,
    toDo: await whatToDo(folder, ended),
  });
  return { begun: console !== '', reason, failure };
}

async function whatToDo(folder: string, ended: string): Promise<readonly string[]> {
  // Without root the server of its files has to be in a user namespace.
  if ((await read(folder, 'files.log')).includes('unshare failed')) return [RIGHTS_NEEDED];
  const outOfMemory = /Cannot allocate memory|signal 9$/m.test(`${await read(folder, 'qemu.log')}\n${ended}`);
  return outOfMemory ? [`Where memory is short: ${MORE_MEMORY}`] : [];
}

/** Why a machine ended, where it has, and the last that its programs and its kernel said; a dozen lines. */
export async function lastWords(folder: string): Promise<string> {
  const said = await read(folder, 'console');
  // What came before the kernel gave up says why; what comes after is a trace of itself.
  const [before] = /^[^]*?Kernel panic.*$/m.exec(said) ?? [said];
  const console = before.split('\n').slice(-15).join('\n');
  const ended = await read(folder, 'ended');
  // It is talkative about its daily work.
  const files = ended.startsWith('QEMU') ? '' : await read(folder, 'files.log');
  const logs = [ended, await read(folder, 'qemu.log'), files, console];
  return logs
    .map((text) => text.slice(-2000).trim())
    .filter((text) => text !== '')
    .join('\n');
}

async function read(folder: string, name: string): Promise<string> {
  return (await readFile(join(folder, name), 'utf8').catch(() => '')).replaceAll('\r', '').trim();
}
