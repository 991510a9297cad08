/** Packets that are sent while something happens, and who of them arrives; see stream.c. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Flow {
  readonly sent: number;
  readonly received: number;
  /** The longest time between two packets that arrived. */
  readonly gapUs: number;
}

export interface Stream {
  /** By port, in their order. `null`: this machine was too busy, and dropped packets of its own accord. */
  readonly during: (happens: () => Promise<unknown>) => Promise<readonly Flow[] | null>;
  readonly close: () => Promise<void>;
}

export interface StreamEnds {
  /** What runs a program where the packets come from, and where they go. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly source: string;
  readonly destination: string;
  readonly ports: readonly number[];
}

export function streamProgram(folder: string): string {
  const program = path.join(folder, 'stream');
  execFileSync('gcc', ['-O2', '-o', program, path.join(import.meta.dirname, 'stream.c')]);
  return program;
}

export async function openStream(program: string, ends: StreamEnds): Promise<Stream> {
  const ports = ends.ports.map(String);
  const receiver = await startTalking([...ends.to, program, 'receive', ...ports]);
  const sender = await startTalking([...ends.from, program, 'send', ends.source, ends.destination, ...ports]);
  return {
    async during(happens) {
      const before = await droppedHere();
      await receiver.ask('go');
      sender.tell('go');
      await sleep(20);
      await happens();
      await sleep(20);
      const sent = (await sender.ask('count')).split(' ').map(Number);
      // What is on its way still has to arrive: what is sent is received in the same breath, unless a processor is behind.
      await sleep(50);
      const received = (await receiver.ask('count')).split(' ').map((word) => word.split('/').map(Number));
      if ((await droppedHere()) !== before) return null;
      return sent.map((count, index) => {
        const [arrived = 0, gapUs = 0] = received[index] ?? [];
        return { sent: count, received: arrived, gapUs };
      });
    },
    async close() {
      await Promise.all([sender.close(), receiver.close()]);
    },
  };
}

interface Talking {
  readonly tell: (order: string) => void;
  readonly ask: (order: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

async function startTalking(argv: readonly string[]): Promise<Talking> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const next = await lines.next();
    if (next.done === true) throw new Error(`${argv.join(' ')} has ended`);
    return next.value;
  };
  if ((await line()) !== 'ready') throw new Error(`${argv.join(' ')} did not start`);
  const tell = (order: string): void => {
    child.stdin.write(`${order}\n`);
  };
  return {
    tell,
    ask(order) {
      tell(order);
      return line();
    },
    async close() {
      const gone = once(child, 'exit');
      child.stdin.end();
      await gone;
    },
  };
}

/** Packets that the kernel gave up on because a processor did not keep up: the second column of each line. */
async function droppedHere(): Promise<number> {
  const text = await readFile('/proc/net/softnet_stat', 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .reduce((sum, each) => sum + parseInt(each.split(' ')[1] ?? '0', 16), 0);
}
