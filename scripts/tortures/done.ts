/** What was done so far, kept in a file beside the rows. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { addFigures } from '../../test/torture/row.ts';
import type { Figures } from '../../test/torture/row.ts';
import type { FoundRow } from './rows.ts';
import { TORTURE_FOLDER } from './rows.ts';

export interface Failed {
  readonly seed: number;
  readonly message: string;
  /** When, and of which commit. */
  readonly at: string;
  /** Tried again, and held: when, and of which commit. */
  readonly heldAt?: string;
}

export interface RowDone {
  readonly digest: string;
  /** The first seed that was not tried. */
  readonly next: number;
  readonly held: number;
  readonly failed: number;
  /** Spent on cases, without the planted faults. */
  readonly seconds: number;
  readonly figures: Figures;
  /** The first ones. */
  readonly failures: readonly Failed[];
  /** By planted fault; `null` where no case within its share found it. */
  readonly mutants: Readonly<Record<string, Caught | null>>;
}

/** The case that found a planted fault, and with what words: whether it is the fault that was found, only a person can tell. */
export interface Caught {
  readonly seed: number;
  readonly why: string;
}

const FORMAT_VERSION = 2;

export interface Done {
  readonly formatVersion: number;
  /** Commits that were tried, with the minutes spent on each. */
  readonly commits: Readonly<Record<string, number>>;
  readonly rows: Readonly<Record<string, RowDone>>;
}

const FILE = path.join(TORTURE_FOLDER, 'done.json');
const MOST_FAILURES = 20;

export function readDone(): Done {
  let text: string;
  try {
    text = readFileSync(FILE, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { formatVersion: FORMAT_VERSION, commits: {}, rows: {} };
  }
  const done = JSON.parse(text) as Done;
  if (done.formatVersion !== FORMAT_VERSION)
    throw new Error(`${FILE} is of another version: remove it, or use that one`);
  return done;
}

/** Whole or not at all, whatever ends this process. */
export function writeDone(done: Done): void {
  writeFileSync(`${FILE}.new`, `${JSON.stringify(done, null, 1)}\n`);
  renameSync(`${FILE}.new`, FILE);
}

/** Of this row as it is now: nothing where its cases have become others. */
export function doneOf(done: Done, { name, digest }: FoundRow): RowDone {
  const former = done.rows[name];
  if (former?.digest === digest) return former;
  return { digest, next: 1, held: 0, failed: 0, seconds: 0, figures: {}, failures: [], mutants: {} };
}

export function withHeld(row: RowDone, seed: number, figures: Figures): RowDone {
  return { ...row, next: seed + 1, held: row.held + 1, figures: addFigures(row.figures, figures) };
}

/** One that had failed holds by now. */
export function withMended(row: RowDone, seed: number, heldAt: string): RowDone {
  return { ...row, failures: row.failures.map((each) => (each.seed === seed ? { ...each, heldAt } : each)) };
}

export function withFailed(row: RowDone, failed: Failed): RowDone {
  const failures = [...row.failures, failed].slice(0, MOST_FAILURES);
  return { ...row, next: failed.seed + 1, failed: row.failed + 1, failures };
}
