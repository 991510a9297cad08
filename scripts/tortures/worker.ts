/** Tries the cases of one job; ends after the case at hand when its stdin ends, as it does when whoever started it is gone. */
import { writeSync } from 'node:fs';
import { caughtAt } from '../../test/torture/row.ts';
import type { TortureRow } from '../../test/torture/row.ts';
import type { Job, Said } from './job.ts';
import { findRows } from './rows.ts';

const job = JSON.parse(process.argv[2] ?? '') as Job;
let stopped = false;
process.stdin.resume().on('end', () => (stopped = true));
process.stdin.unref();

const row = (await findRows()).find((each) => each.name === job.row)?.row;
if (row === undefined) throw new Error(`no row ${job.row}`);
if (job.mutant === null) await tryCases(row);
else await lookFor(row, job.mutant);
process.exit(0);

async function tryCases(row: TortureRow): Promise<void> {
  const endMs = performance.now() + job.forMs;
  let seed = job.from;
  const isOver = (): boolean => stopped || seed >= job.from + job.most || performance.now() >= endMs;
  while (!isOver()) {
    say({ type: 'begun', seed });
    const rig = await row.open();
    try {
      // What a case that failed has left is no ground for the next one: that gets a rig of its own.
      for (let fine = true; fine && !isOver(); seed += 1) {
        say({ type: 'begun', seed });
        fine = await rig.one(seed).then(
          (figures) => {
            say({ type: 'held', seed, figures });
            return true;
          },
          (error: unknown) => {
            say({ type: 'failed', seed, message: messageOf(error) });
            return false;
          },
        );
      }
    } finally {
      await rig.close();
    }
  }
}

async function lookFor({ mutants }: TortureRow, name: string): Promise<void> {
  const mutant = mutants.find((each) => each.name === name);
  if (mutant === undefined) throw new Error(`no planted fault ${name}`);
  say({ type: 'begun', seed: 1 });
  const seed = await caughtAt(mutant);
  say({ type: 'caught', mutant: name, seed: Number.isFinite(seed) ? seed : null });
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, 4000);
}

function say(said: Said): void {
  writeSync(3, `${JSON.stringify(said)}\n`);
}
