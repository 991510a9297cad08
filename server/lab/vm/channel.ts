import { constants } from 'node:os';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';

/** A command inside a machine. What is left out: the root folder, an environment with PATH alone, no terminal, no input. */
export interface MachineCommand {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Which of its input, output and error output are a terminal: `012`, `2`, ``. */
  readonly terminals?: string;
  readonly rows?: number;
  readonly columns?: number;
}

/** `O` output, `E` error output, `T` what is shown on its terminal. */
export type Stream = 'O' | 'E' | 'T';

export interface RunningCommand {
  /** Its exit code, 128 and the signal's number where one ended it. Throws `lab` where the machine is gone, or cannot start it. */
  readonly ended: Promise<number>;
  /** Gives true where more may follow at once, else `onRoom` is called when there is room again. */
  write(input: Buffer): boolean;
  endInput(): void;
  signal(name: NodeJS.Signals): void;
  resize(rows: number, columns: number): void;
  /** False stops the reading of what it writes, true goes on. */
  read(on: boolean): void;
  /** Ends it without waiting for its end. */
  abandon(): void;
  abandoned(): boolean;
}

interface Listeners {
  readonly onOutput?: (stream: Stream, bytes: Buffer) => void;
  readonly onRoom?: () => void;
}

const HEAD = 5;
const MOST = 65_536;
const INPUT_WINDOW = 262_144;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Starts a command in the machine of a folder, over its keeper's socket; see agent/frames.h. */
export function startCommand(folder: string, command: MachineCommand, listeners: Listeners = {}): RunningCommand {
  const request = encodeRequest(command);
  const socket = connect(join(folder, 'channel.s'));
  let waiting = 0;
  let refused: string | null = null;
  let settled = false;
  let abandoned = false;
  const send = (type: string, payload: Buffer | string): boolean => !settled && socket.write(frame(type, payload));

  const ended = new Promise<number>((resolve, reject) => {
    const gone = (detail: string): void => {
      settled = true;
      reject(
        new Failure('lab', 'The virtual machine is gone', { detail, toDo: ['trunkline lab up brings it up again'] }),
      );
    };
    const onFrame = (type: string, payload: Buffer): void => {
      if (type === 'O' || type === 'E' || type === 'T') listeners.onOutput?.(type, payload);
      else if (type === 'F') refused = payload.toString();
      else if (type === 'K') {
        const wasFull = waiting >= INPUT_WINDOW;
        waiting -= Number(payload.toString());
        if (wasFull && waiting < INPUT_WINDOW) listeners.onRoom?.();
      } else if (type === 'X') {
        settled = true;
        socket.end();
        if (refused === null) resolve(Number(payload.toString()));
        else reject(refusal(command, refused));
      }
    };
    socket.on('data', frameReader(onFrame));
    socket.once('error', (error) => {
      gone(error.message);
    });
    socket.once('close', () => {
      if (settled) return;
      if (refused === null) gone('It ended while a command was running.');
      else reject(refusal(command, refused));
      settled = true;
    });
  });
  // Whoever is not interested in the end does not have to ask for it.
  ended.catch(() => undefined);
  socket.write(request);

  return {
    ended,
    write(input) {
      for (let at = 0; at < input.length; at += MOST) send('I', input.subarray(at, at + MOST));
      waiting += input.length;
      return waiting < INPUT_WINDOW;
    },
    endInput: () => send('I', ''),
    signal: (name) => send('S', String(constants.signals[name])),
    resize: (rows, columns) => send('W', `${String(rows)} ${String(columns)}`),
    read: (on) => (on ? socket.resume() : socket.pause()),
    abandon: () => {
      abandoned = true;
      socket.destroy();
    },
    abandoned: () => abandoned,
  };
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Its output, where that is no text. */
  readonly bytes: Buffer;
}

/** Runs a command to its end with an input, and gives what it wrote. */
export async function runCommand(folder: string, command: MachineCommand, input = ''): Promise<CommandResult> {
  const written: Record<Stream, Buffer[]> = { O: [], E: [], T: [] };
  const queue: Buffer[] = [];
  const bytes = Buffer.from(input);
  for (let at = 0; at < bytes.length; at += MOST) queue.push(bytes.subarray(at, at + MOST));
  const pump = (): void => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) if (!running.write(next)) return;
    running.endInput();
  };
  const running = startCommand(folder, command, {
    onOutput: (stream, chunk) => written[stream].push(chunk),
    onRoom: () => {
      pump();
    },
  });
  pump();
  const exitCode = await running.ended;
  const text = (stream: Stream): string => Buffer.concat(written[stream]).toString('utf8');
  return { exitCode, stdout: text('O'), stderr: text('E'), bytes: Buffer.concat(written.O) };
}

function refusal(command: MachineCommand, why: string): Failure {
  return new Failure('lab', `${command.argv[0] ?? ''} cannot be started in the virtual machine`, { detail: why });
}

function encodeRequest({ argv, cwd = '/', env = {}, terminals = '', rows = 24, columns = 80 }: MachineCommand): Buffer {
  const variables = Object.entries({ PATH, ...env }).map(([name, value]) => `${name}=${value}`);
  const texts = [terminals, rows, columns, cwd, argv.length, ...argv, ...variables].map(String);
  const payload = Buffer.from(texts.map((text) => `${text}\0`).join(''));
  if (texts.some((text) => text.includes('\0'))) throw new TypeError('a NUL in a word of a command');
  if (payload.length > MOST || argv.length >= 4096)
    throw new Failure('usage', 'The command is too long for the virtual machine', {
      detail: `Words and environment may be ${String(MOST)} bytes together.`,
    });
  return frame('R', payload);
}

function frame(type: string, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload);
  const head = Buffer.alloc(HEAD);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function frameReader(onFrame: (type: string, payload: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= HEAD) {
      const end = HEAD + rest.readUInt32BE(1);
      if (rest.length < end) return;
      onFrame(rest.toString('latin1', 0, 1), rest.subarray(HEAD, end));
      rest = rest.subarray(end);
    }
  };
}
