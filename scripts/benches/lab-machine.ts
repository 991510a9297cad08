/**
 * What a virtual lab costs from nothing to standing, through the real command line, with the kernel in the cache: until its
 * machine answers, and until the topology is up in it. By itself: `node scripts/benches/lab-machine.ts`.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '../..');
const TRUNKLINE = join(ROOT, 'scripts/trunkline');

export interface VirtualLabCost {
  /** From the command's start until the machine has run a first command. */
  readonly standsMs: number;
  /** From the command's start until its end: hosts, guests and gateway are there, and verified. */
  readonly upMs: number;
  readonly downMs: number;
  /** What the command said of the machine: kernel, accelerator, memory. */
  readonly machine: string;
  /** Processes that waited for a processor when it began, over the last minute: others slow an emulated machine down most. */
  readonly load: number;
}

/** Brings the topology `office` up in a machine of its own, and takes it down. Throws where either fails. */
export async function measureVirtualLab(): Promise<VirtualLabCost> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-bench-'));
  const file = join(folder, 'office.yaml');
  const text = await readFile(join(ROOT, 'topologies/office/office.yaml'), 'utf8');
  await writeFile(file, text.replace(/^topology: .*$/m, `topology: bench-${randomBytes(4).toString('hex')}`));
  const load = loadavg()[0] ?? 0;
  try {
    const up = await run('lab', 'up', '--vm', file);
    const [machine = '', standsMs = NaN] = up.lines.find(([line]) => line.startsWith('virtual machine: ')) ?? [];
    const down = await run('lab', 'down', file);
    return { standsMs, upMs: up.ms, downMs: down.ms, machine: machine.slice('virtual machine: '.length), load };
  } finally {
    // Also where `up` was stopped half-way.
    await run('lab', 'down', file).finally(() => rm(folder, { recursive: true }));
  }
}

interface Run {
  readonly ms: number;
  /** What it said on the way, and after how many milliseconds. */
  readonly lines: readonly (readonly [string, number])[];
}

function run(...words: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const child = spawn(TRUNKLINE, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    const lines: (readonly [string, number])[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => lines.push([line, performance.now() - startMs]));
    child.once('error', reject);
    child.once('close', (code) => {
      const said = lines.map(([line]) => line).join('\n');
      if (code === 0) resolve({ ms: performance.now() - startMs, lines });
      else reject(new Error(`trunkline ${words.join(' ')} ended with ${String(code)}: ${said}`));
    });
  });
}

export function virtualLabText({ standsMs, upMs, downMs, machine, load }: VirtualLabCost): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(6)} s`;
  return [
    `virtual lab (${machine}); load before it ${load.toFixed(1)}`,
    `  lab up --vm until the machine answers ${seconds(standsMs)}`,
    `  lab up --vm until the lab is up       ${seconds(upMs)}`,
    `  lab down                              ${seconds(downMs)}`,
  ].join('\n');
}

if (import.meta.main) console.log(virtualLabText(await measureVirtualLab()));
