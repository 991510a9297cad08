/**
 * What the lab costs through the real command line, as users run it: a topology of 100 nodes and of 200 from nothing to all
 * expectations probed, the same links as Mininet makes, and a virtual lab from nothing to standing. All in turn in one run: ratios are what counts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureVirtualLab, virtualLabText } from './lab-machine.ts';
import { benchMininet } from './lab-mininet.ts';
import { benchScale } from './lab-scale.ts';

/** Each prints its own lines; the folder is for its files. */
const PARTS: readonly ((folder: string) => Promise<void>)[] = [benchScale, benchMininet, benchMachine];

async function benchMachine(): Promise<void> {
  console.log(virtualLabText(await measureVirtualLab()));
}

const folder = await mkdtemp(join(tmpdir(), 'trunkline-bench-'));
try {
  for (const part of PARTS) await part(folder);
} finally {
  await rm(folder, { recursive: true });
}
