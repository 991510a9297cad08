/** `scripts/torture`: shares the time between the rows, adds up what they say, and writes the report. */
import { triedCommit } from './commit.ts';
import { doneOf, readDone, withFailed, withHeld, withMended, writeDone } from './done.ts';
import type { Done, RowDone } from './done.ts';
import type { Job } from './job.ts';
import { readOptions } from './options.ts';
import type { Options } from './options.ts';
import { writeReport } from './report.ts';
import { findRows } from './rows.ts';
import type { FoundRow } from './rows.ts';
import { runJob } from './run-job.ts';
import type { RunningJob } from './run-job.ts';

/** Opening a rig costs: much shorter turns would be spent on that alone. */
const TURN_MS = 45_000;
/** In a turn of a row that has reached its target, where all others have as well. */
const CASES_BEYOND = 20;

let interrupts = 0;
let running: RunningJob | undefined;
const interrupt = (): void => {
  interrupts += 1;
  if (interrupts === 1) running?.stop();
  else running?.kill();
};
process.on('SIGINT', interrupt).on('SIGTERM', interrupt);

process.exitCode = await main();

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(
      `torture: ${String(error instanceof Error ? error.message : error)}; see the head of scripts/torture`,
    );
    return 64;
  }
  if (process.getuid?.() !== 0) {
    console.error('torture: needs root');
    return 77;
  }
  const all = await findRows();
  const unknown = options.rows.filter((name) => !all.some((row) => row.name === name));
  if (unknown.length > 0) {
    console.error(`torture: no row ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`);
    return 64;
  }
  const chosen = options.rows.length === 0 ? all : all.filter(({ name }) => options.rows.includes(name));
  if (options.list) {
    for (const each of chosen) console.log(listed(each, doneOf(readDone(), each)));
    return 0;
  }
  const [first] = chosen;
  if (first !== undefined && (options.seed !== null || options.mutant !== null)) return tryAgain(first, options);
  return tryAll(all, chosen, options.minutes * 60_000);
}

function listed({ name, row }: FoundRow, done: RowDone): string {
  const tried = `${String(done.held + done.failed)} of ${String(row.target)}`;
  return `${name.padEnd(20)} ${tried.padStart(16)}  ${row.invariant}: ${row.promise}`;
}

/** One case, or one planted fault, again; adds nothing up. */
async function tryAgain({ name }: FoundRow, { seed, mutant }: Options): Promise<number> {
  let failed = 0;
  running = runJob({ row: name, mutant, from: seed ?? 1, most: 1, forMs: 1e9 }, (said) => {
    if (said.type === 'begun') return;
    if (['failed', 'hung', 'missed'].includes(said.type)) failed += 1;
    console.log('message' in said ? said.message : JSON.stringify(said));
  });
  const broke = await running.ended;
  if (broke !== null && failed === 0) console.log(broke);
  return failed > 0 || broke !== null ? 1 : 0;
}

async function tryAll(all: readonly FoundRow[], chosen: readonly FoundRow[], forMs: number): Promise<number> {
  const endMs = performance.now() + forMs;
  const isOver = (): boolean => interrupts > 0 || performance.now() >= endMs;
  let failures = 0;
  for (const found of chosen) {
    for (const { name } of found.row.mutants) {
      if (isOver() || name in doneOf(readDone(), found).mutants) continue;
      failures += await takeJob(found, { ...jobOf(found), mutant: name });
      await writeReport(all, readDone());
    }
  }
  for (const found of chosen) {
    for (const { seed, heldAt } of doneOf(readDone(), found).failures)
      if (heldAt === undefined && !isOver()) failures += await tryFailed(found, seed);
  }
  while (!isOver()) {
    const found = nextRow(chosen);
    if (found === undefined) break;
    const { next: from } = doneOf(readDone(), found);
    const most = Math.max(found.row.target - from + 1, CASES_BEYOND);
    const turnMs = Math.min(TURN_MS, endMs - performance.now());
    failures += await takeJob(found, { ...jobOf(found), from, most, forMs: turnMs });
    await writeReport(all, readDone());
  }
  await writeReport(all, readDone());
  console.log(failures === 0 ? 'torture: everything held' : `torture: ${String(failures)} failed, see the report`);
  return failures === 0 ? 0 : 1;
}

/** A case that failed before: whether it does still. Counted as the one case that it is. */
async function tryFailed(found: FoundRow, seed: number): Promise<number> {
  const held: number[] = [];
  running = runJob({ ...jobOf(found), from: seed, most: 1, forMs: 1e9 }, (said) => {
    if (said.type === 'held') held.push(said.seed);
  });
  await running.ended;
  running = undefined;
  const mended = held.includes(seed);
  console.log(`torture: ${found.name}, seed ${String(seed)}, which failed before: ${mended ? 'held' : 'still fails'}`);
  if (mended) change(found, (row) => withMended(row, seed, whenAndWhat()));
  return mended ? 0 : 1;
}

function whenAndWhat(): string {
  return `${new Date().toISOString().slice(0, 10)}, ${triedCommit()}`;
}

/** The one that was given the least time so far, over all runs, of those that have not reached their target where there are any. */
function nextRow(chosen: readonly FoundRow[]): FoundRow | undefined {
  const done = readDone();
  const open = chosen.filter((found) => !hasReached(found, doneOf(done, found)));
  const candidates = open.length > 0 ? open : chosen;
  const seconds = (found: FoundRow): number => doneOf(done, found).seconds;
  return candidates.toSorted((a, b) => seconds(a) - seconds(b))[0];
}

function hasReached({ row }: FoundRow, { held, failed }: RowDone): boolean {
  return held + failed >= row.target;
}

function jobOf({ name }: FoundRow): Job {
  return { row: name, mutant: null, from: 1, most: 1_000_000_000, forMs: 0 };
}

async function takeJob(found: FoundRow, job: Job): Promise<number> {
  const startedMs = performance.now();
  let failures = 0;
  let open: number | null = job.mutant === null ? job.from : null;
  const gaveUp = { it: false };
  const fail = (row: RowDone, seed: number, message: string): RowDone => {
    failures += 1;
    console.log(
      `torture: ${found.name} failed: scripts/torture --row ${found.name} --seed ${String(seed)}\n${message}`,
    );
    return withFailed(row, { seed, message, at: whenAndWhat() });
  };
  const missed = (mutant: string, why: string): void => {
    failures += 1;
    console.log(`torture: ${found.name}, planted fault ${mutant}: ${why}`);
    change(found, (row) => ({ ...row, mutants: { ...row.mutants, [mutant]: null } }));
  };
  running = runJob(job, (said) => {
    switch (said.type) {
      case 'begun':
        open = job.mutant === null ? said.seed : null;
        return;
      case 'held':
        open = null;
        change(found, (row) => withHeld(row, said.seed, said.figures));
        return;
      case 'failed':
        open = null;
        change(found, (row) => fail(row, said.seed, said.message));
        return;
      case 'hung':
        open = null;
        gaveUp.it = true;
        if (job.mutant === null) change(found, (row) => fail(row, said.seed, said.message));
        else missed(job.mutant, `case ${String(said.seed)} ${said.message}`);
        return;
      case 'caught':
        change(found, (row) => ({
          ...row,
          mutants: { ...row.mutants, [said.mutant]: { seed: said.seed, why: said.why } },
        }));
        return;
      case 'missed':
        missed(said.mutant, 'nothing found it');
    }
  });
  const broke = await running.ended;
  running = undefined;
  const seed = open;
  if (broke !== null && !gaveUp.it && interrupts < 2) {
    if (seed !== null) change(found, (row) => fail(row, seed, broke));
    else {
      failures += 1;
      console.log(`torture: ${found.name}${job.mutant === null ? '' : ` (${job.mutant})`}: ${broke}`);
    }
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const cases = job.mutant === null ? seconds : 0;
  change(found, (row) => ({ ...row, seconds: row.seconds + cases }), seconds / 60);
  const { held, failed } = doneOf(readDone(), found);
  const what = `${found.name}${job.mutant === null ? '' : ` (${job.mutant})`}`;
  console.log(`torture: ${what}: ${String(held)} held, ${String(failed)} failed, of ${String(found.row.target)}`);
  return failures;
}

function change(found: FoundRow, how: (row: RowDone) => RowDone, minutes = 0): void {
  const done = readDone();
  const commits = { ...done.commits, [triedCommit()]: (done.commits[triedCommit()] ?? 0) + minutes };
  const next: Done = { ...done, commits, rows: { ...done.rows, [found.name]: how(doneOf(done, found)) } };
  writeDone(next);
}
