/**
 * `scripts/vm/run [--timeout SECONDS] [--fetch FILE] -- COMMAND…`: boots Debian's stock kernel in a virtual machine whose root is this
 * machine's file system (what is written there is gone afterwards), runs the command inside as root in the present folder,
 * streams its output and ends with its exit status. `--fetch` brings one file back to the same path. Besides the command's
 * own: 124 it took too long, 125 the machine broke down, 130 interrupted.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Failure } from '../../server/core/failure.ts';
import { cacheFolder } from '../../server/lab/agent-binary.ts';
import { endNodes } from '../../server/lab/nodes.ts';
import { bootMachine } from '../../server/lab/vm/boot.ts';
import { runCommand, startCommand, type RunningCommand, type Stream } from '../../server/lab/vm/channel.ts';
import { checkMachineTools } from '../../server/lab/vm/qemu.ts';
import { lastWords } from '../../server/lab/vm/start.ts';

const USAGE = 'usage: scripts/vm/run [--timeout SECONDS] [--fetch FILE] -- COMMAND…';
const MEMORY_MIB = 2048;
/** Constant: the folder and the command are its arguments. Says what a shell says where one of them is not there. */
const IN_FOLDER = 'cd -- "$1" && shift && exec "$@"';

async function runInVm(command: readonly string[], timeoutS: number, fetch: string | undefined): Promise<number> {
  if (command.length === 0 || !(timeoutS > 0)) return complain(USAGE, 64);
  const end = new AbortController();
  const interrupt = (): void => {
    end.abort(new Early('interrupted', 130));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    await checkMachineTools();
    return await inMachine(command, timeoutS, fetch, end);
  } catch (error) {
    // What else fails then, fails because of it.
    const reason: unknown = end.signal.aborted ? end.signal.reason : error;
    if (reason instanceof Early) return complain(reason.message, reason.exitCode);
    if (!(reason instanceof Failure)) throw reason;
    const said = [reason.message, reason.detail, ...reason.toDo].filter((line) => line !== undefined);
    return complain(said.join('\n'), reason.kind === 'lab' ? 125 : 1);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

async function inMachine(
  command: readonly string[],
  timeoutS: number,
  fetch: string | undefined,
  end: AbortController,
): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'trunkline-vm-'));
  try {
    const cache = path.join(cacheFolder(), 'trunkline', 'vm');
    const machine = { folder, cache, memoryMiB: MEMORY_MIB, life: 'bound', say, signal: end.signal } as const;
    const { kernel, accelerator } = await bootMachine(machine);
    say(`running under ${accelerator === 'kvm' ? '/dev/kvm' : 'software emulation'}, kernel ${kernel}`);
    const late = setTimeout(() => {
      end.abort(new Early(`still running after ${String(timeoutS)} s: stopped`, 124));
    }, timeoutS * 1000);
    const status = await stream(folder, command, end.signal).finally(() => {
      clearTimeout(late);
    });
    if (fetch !== undefined) await fetchFile(folder, path.resolve(fetch));
    return status;
  } finally {
    await endNodes(folder, 'all');
    await rm(folder, { recursive: true, force: true });
  }
}

/** We end before the command does. */
class Early extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs it with our output and without input. */
async function stream(folder: string, command: readonly string[], signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const argv = ['sh', '-c', IN_FOLDER, 'sh', process.cwd(), ...command];
  const running: RunningCommand = startCommand(
    folder,
    { argv, env: environment() },
    {
      onOutput: (stream, bytes) => {
        show(running, stream, bytes);
      },
    },
  );
  running.endInput();
  const early = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Early);
    });
  });
  return Promise.race([running.ended, early]).catch(async (error: unknown) => {
    if (error instanceof Early) throw error;
    throw new Failure('lab', 'The virtual machine broke down', { detail: await lastWords(folder), cause: error });
  });
}

/** No faster than whoever reads us takes it. */
function show(running: RunningCommand, stream: Stream, bytes: Buffer): void {
  const output = stream === 'E' ? process.stderr : process.stdout;
  if (output.write(bytes)) return;
  running.read(false);
  output.once('drain', () => {
    running.read(true);
  });
}

function environment(): Readonly<Record<string, string>> {
  const kept = ['CI', 'PATH', 'NO_COLOR', 'TRUNKLINE_DEV'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { HOME: '/root', TERM: 'dumb', LC_ALL: 'C.UTF-8', ...Object.fromEntries(kept), TRUNKLINE_VM: '1' };
}

/** Where the command left one. */
async function fetchFile(folder: string, file: string): Promise<void> {
  const { exitCode, bytes } = await runCommand(folder, { argv: ['cat', '--', file] });
  if (exitCode === 0) await writeFile(file, bytes);
}

function say(line: string): void {
  console.error(`vm: ${line}`);
}

function complain(line: string, exitCode: number): number {
  say(line);
  return exitCode;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { timeout: { type: 'string', default: '900' }, fetch: { type: 'string' } },
});
process.exitCode = await runInVm(positionals, Number(values.timeout), values.fetch);
