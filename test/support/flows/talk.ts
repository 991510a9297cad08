/** Flows that are held open from a namespace, and servers for them: `talk.py`. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Scratch } from '../../kernel/support/scratch.ts';

const PROGRAM = fileURLToPath(new URL('talk.py', import.meta.url));

export interface Talker {
  /** A question, and the one line of its answer: `open web tcp 203.0.113.9 198.51.100.11 25` → `filter1`. */
  say(line: string): Promise<string>;
}

export function startTalker(scratch: Scratch, namespace: string): Talker {
  const child = scratch.start(namespace, ['python3', PROGRAM, 'hold']);
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('a talker without pipes');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    async say(line) {
      stdin.write(`${line}\n`);
      const next = await lines.next();
      if (next.done === true) throw new Error(`no answer to ${line}`);
      return next.value;
    },
  };
}

export async function startServers(
  scratch: Scratch,
  namespace: string,
  name: string,
  ports: readonly number[],
): Promise<void> {
  const child = scratch.start(namespace, ['python3', PROGRAM, 'serve', name, ...ports.map(String)]);
  if (child.stdout === null) throw new Error('servers without a pipe');
  await once(child.stdout, 'data');
}
