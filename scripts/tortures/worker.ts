/** Tries the cases of one job; ends after the case at hand when its stdin ends, as it does when whoever started it is gone. */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { caughtAt } from '../../test/torture/row.ts';
import type { Rig, TortureRow } from '../../test/torture/row.ts';
import { whatHangs } from './hanging.ts';
import type { Job, Said } from './job.ts';
import { findRows } from './rows.ts';

/** The longest cases wait for half a minute, on a machine that does nothing else; behind this one nothing comes any more. */
const CASE_MS = 180_000;
const CLOSE_MS = 10_000;

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
    const rig = limited(await row.open());
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
  let why = '';
  const remembering = (rig: Rig): Rig => ({
    ...rig,
    one: (seed) =>
      rig.one(seed).catch((error: unknown) => {
        why = messageOf(error);
        throw error;
      }),
  });
  const seed = await caughtAt({ ...mutant, open: async () => remembering(limited(await mutant.open())) });
  say(Number.isFinite(seed) ? { type: 'caught', mutant: name, seed, why } : { type: 'missed', mutant: name });
}

/** A case that does not end is told of, with what it hangs on, and ends everything that was started for it. */
function limited(rig: Rig): Rig {
  return {
    ...rig,
    async one(seed) {
      const timer = setTimeout(() => void giveUp(rig, seed), CASE_MS);
      try {
        return await rig.one(seed);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

async function giveUp(rig: Rig, seed: number): Promise<void> {
  const message = `had not ended after ${String(CASE_MS / 1000)} s; ${await whatHangs()}`;
  say({ type: 'hung', seed, message });
  await Promise.race([rig.close().catch(() => undefined), sleep(CLOSE_MS)]);
  // This process, and with it all that it has started, as far as it did not get a group of its own.
  process.kill(-process.pid, 'SIGKILL');
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, 4000);
}

function say(said: Said): void {
  writeSync(3, `${JSON.stringify(said)}\n`);
}
