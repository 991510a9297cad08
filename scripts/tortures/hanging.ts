/** What a process waits for, for whoever reads why a case did not end. */
import { readdir, readFile } from 'node:fs/promises';

/** Which of its resources are in use, and the processes that it has started, with what these do. */
export async function whatHangs(): Promise<string> {
  const used = [...new Set(process.getActiveResourcesInfo())].join(', ');
  const started = await childrenOf(process.pid);
  return [`in use: ${used}; started:`, ...started.map((each) => `  ${each}`)].join('\n');
}

async function childrenOf(parent: number): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map(childOf));
  return all.flatMap((each) => (each?.parent === parent ? [`${each.state} ${each.command}`] : []));
}

interface Process {
  readonly parent: number;
  readonly state: string;
  readonly command: string;
}

/** `null`: it has ended meanwhile. */
async function childOf(pid: string): Promise<Process | null> {
  try {
    const [stat, command] = await Promise.all(
      ['stat', 'cmdline'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')),
    );
    // The name of the program is in brackets, and may hold blanks.
    const [state = '', parent = ''] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
    return { parent: Number(parent), state, command: command?.replaceAll('\0', ' ').slice(0, 200) ?? '' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ESRCH') throw error;
    return null;
  }
}
