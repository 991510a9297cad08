/** `scripts/torture`: shares the time between the rows, adds up what they say, and writes the report. */
import { triedCommit } from './commit.ts';
import { doneOf, readDone, withFailed, withHeld, writeDone } from './done.ts';
import type { Done, RowDone } from './done.ts';
import type { Job } from './job.ts';
import { readOptions } from './options.ts';
import type { Options } from './options.ts';
import { writeReport } from './report.ts';
import { findRows } from './rows.ts';
import type { FoundRow } from './rows.ts';
import { runJob } from './run-job.ts';
import type { RunningJob } from './run-job.ts';

/** Opening a rig costs: shorter turns would be spent on that alone. */
const [SHORTEST_TURN_MS, LONGEST_TURN_MS] = [10_000, 120_000];

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
    if (said.type === 'failed' || (said.type === 'caught' && said.seed === null)) failed += 1;
    console.log(said.type === 'failed' ? said.message : JSON.stringify(said));
  });
  const broke = await running.ended;
  if (broke !== null) console.log(broke);
  return failed > 0 || broke !== null ? 1 : 0;
}

async function tryAll(all: readonly FoundRow[], chosen: readonly FoundRow[], forMs: number): Promise<number> {
  const startedMs = performance.now();
  const turnMs = Math.min(LONGEST_TURN_MS, Math.max(SHORTEST_TURN_MS, forMs / chosen.length / 2));
  const usedMs = new Map(chosen.map(({ name }) => [name, 0]));
  let failures = 0;
  while (interrupts === 0) {
    const leftMs = forMs - (performance.now() - startedMs);
    const next = nextRow(chosen, usedMs);
    if (leftMs <= 0 || next === undefined) break;
    const turnStartedMs = performance.now();
    failures += await takeTurn(next, Math.min(turnMs, leftMs));
    usedMs.set(next.name, (usedMs.get(next.name) ?? 0) + performance.now() - turnStartedMs);
    await writeReport(all, readDone());
  }
  console.log(failures === 0 ? 'torture: everything held' : `torture: ${String(failures)} failed, see the report`);
  return failures === 0 ? 0 : 1;
}

/** The one with the least time so far, of those that are not done where there are any. */
function nextRow(chosen: readonly FoundRow[], usedMs: ReadonlyMap<string, number>): FoundRow | undefined {
  const done = readDone();
  const open = chosen.filter((each) => !isDone(each, doneOf(done, each)));
  const candidates = open.length > 0 ? open : chosen;
  return candidates.toSorted((a, b) => (usedMs.get(a.name) ?? 0) - (usedMs.get(b.name) ?? 0))[0];
}

function isDone({ row }: FoundRow, { held, failed, mutants }: RowDone): boolean {
  return held + failed >= row.target && row.mutants.every(({ name }) => name in mutants);
}

/** Planted faults that were not tried yet for the first half of it, at least one; then cases. Answers with the failures. */
async function takeTurn(found: FoundRow, turnMs: number): Promise<number> {
  const startedMs = performance.now();
  const usedMs = (): number => performance.now() - startedMs;
  let failures = 0;
  for (const { name } of found.row.mutants) {
    if (interrupts > 0) return failures;
    if (name in doneOf(readDone(), found).mutants || usedMs() > turnMs / 2) continue;
    failures += await takeJob(found, { ...jobOf(found, turnMs), mutant: name });
  }
  if (interrupts > 0) return failures;
  const { next } = doneOf(readDone(), found);
  return failures + (await takeJob(found, { ...jobOf(found, Math.max(turnMs - usedMs(), 1)), from: next }));
}

function jobOf({ name }: FoundRow, forMs: number): Job {
  return { row: name, mutant: null, from: 1, most: 1_000_000_000, forMs };
}

async function takeJob(found: FoundRow, job: Job): Promise<number> {
  const startedMs = performance.now();
  let failures = 0;
  let open: number | null = job.mutant === null ? job.from : null;
  const fail = (row: RowDone, seed: number, message: string): RowDone => {
    failures += 1;
    console.log(
      `torture: ${found.name} failed: scripts/torture --row ${found.name} --seed ${String(seed)}\n${message}`,
    );
    return withFailed(row, { seed, message, at: `${new Date().toISOString().slice(0, 10)}, ${triedCommit()}` });
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
      case 'caught':
        if (said.seed === null) {
          failures += 1;
          console.log(`torture: ${found.name}: nothing found the planted fault: ${said.mutant}`);
        }
        change(found, (row) => ({ ...row, mutants: { ...row.mutants, [said.mutant]: said.seed } }));
    }
  });
  const broke = await running.ended;
  running = undefined;
  const seed = open;
  if (broke !== null && interrupts < 2) {
    if (seed !== null) change(found, (row) => fail(row, seed, broke));
    else {
      failures += 1;
      console.log(`torture: ${found.name}${job.mutant === null ? '' : ` (${job.mutant})`}: ${broke}`);
    }
  }
  const seconds = (performance.now() - startedMs) / 1000;
  change(found, (row) => ({ ...row, seconds: row.seconds + seconds }), seconds / 60);
  const { held, failed } = doneOf(readDone(), found);
  console.log(`torture: ${found.name}: ${String(held)} held, ${String(failed)} failed, of ${String(found.row.target)}`);
  return failures;
}

function change(found: FoundRow, how: (row: RowDone) => RowDone, minutes = 0): void {
  const done = readDone();
  const commits = { ...done.commits, [triedCommit()]: (done.commits[triedCommit()] ?? 0) + minutes };
  const next: Done = { ...done, commits, rows: { ...done.rows, [found.name]: how(doneOf(done, found)) } };
  writeDone(next);
}
