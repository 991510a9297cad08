import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs `work` while this process alone holds a file; waits for whoever has it. The lock goes with us, however we end. */
export async function holdingFile<T>(path: string, say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  // `cat` ends when its input does; what `work` starts does not inherit the lock.
  const holder = spawn('flock', [path, 'sh', '-c', 'echo held && exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'close');
  const waiting = setTimeout(say, 2000, `another process is making an image: waiting for ${path}`);
  try {
    const first = await Promise.race([once(holder.stdout, 'data').then(() => 'held' as const), ended]);
    if (first !== 'held') throw new Error(`flock ${path} ended with ${String(first[0])}`);
    clearTimeout(waiting);
    return await work();
  } finally {
    clearTimeout(waiting);
    holder.stdin.end();
    await ended;
  }
}
