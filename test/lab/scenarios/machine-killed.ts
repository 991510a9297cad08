/**
 * On a machine where nothing else runs: processes of a virtual lab are killed, one after another, and `lab up` is called again
 * each time. Prints the machine's state before and after, what each command said, and how it ended.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { labFolder } from '../../../server/lab/folder.ts';
import { MAIN, machinePid, trunkline } from '../machine/command-line.ts';
import { twoHosts, twoHostsText } from '../two-hosts.ts';
import { machineState } from './machine-state.ts';

const { topology } = twoHosts();
const before = await stateNow();
const folder = await mkdtemp(join(tmpdir(), 'machine-killed-'));
const file = join(folder, 'two-hosts.yaml');
await writeFile(file, twoHostsText(topology));
const said: Record<string, string> = {};

const first = startUp();
await untilGuestSpeaks(0);
await kill(first.child);

const second = startUp();
const former = await machinePid(topology, 'qemu');
process.kill(await untilGuestSpeaks(former), 'SIGKILL');
while (!second.lines.some((line) => /^lab .* nodes$/.test(line)) && second.child.exitCode === null) await sleep(20);
await sleep(500);
await kill(second.child);
said['killed while it boots'] = second.lines.join('\n');
await record('up after both');
await record('test', 'test', file);

await killUnderneath('qemu');
await record('exec without qemu', 'exec', file, 'web', '--', 'true');
await record('list without qemu', 'list');
await record('up without qemu');
await record('test again', 'test', file);

await killUnderneath('keeper');
await record('exec without keeper', 'exec', file, 'web', '--', 'true');
await record('down', 'down', file);
await rm(folder, { recursive: true });
process.stdout.write(JSON.stringify({ before, after: await stateNow(), said }));

/** What it said, behind its exit code. */
async function record(name: string, ...words: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await trunkline(['lab', ...(words.length === 0 ? ['up', '--vm', file] : words)]);
  said[name] = `${String(exitCode)}\n${stderr}\n${stdout}`;
}

function startUp(): { readonly child: ChildProcess; readonly lines: readonly string[] } {
  const child = spawn(process.execPath, [MAIN, 'lab', 'up', '--vm', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  return { child, lines };
}

/** Gives the pid of another QEMU than the former one, once its guest has begun to start. */
async function untilGuestSpeaks(former: number): Promise<number> {
  const console = join(labFolder(topology), 'machine', 'console');
  for (;;) {
    const pid = await machinePid(topology, 'qemu');
    if (pid !== 0 && pid !== former && (await readFile(console)).length > 0) return pid;
    await sleep(20);
  }
}

async function killUnderneath(name: 'qemu' | 'keeper'): Promise<void> {
  process.kill(await machinePid(topology, name), 'SIGKILL');
  while ((await machinePid(topology, 'qemu')) + (await machinePid(topology, 'keeper')) !== 0) await sleep(50);
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  // What it had started ends by itself when its input ends.
  await sleep(300);
}

/** With every process that is there. Process 1, which is us, does not reap what is left to it. */
async function stateNow(): Promise<Readonly<Record<string, string>>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const processes = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')));
  const living = processes.flatMap((stat) => /\((.*)\) [^ZX] /.exec(stat)?.[1] ?? []);
  return { ...(await machineState(topology)), processes: living.sort().join(' ') };
}
