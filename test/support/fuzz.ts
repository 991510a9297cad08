/**
 * What all fuzzing shares: how many cases, from which seed, and what holds of any text. `FUZZ_RUNS` is the number of all cases
 * together (20,000 where it is not said), `FUZZ_SEED` the seed of all.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { diagnosticsText } from '../../server/core/diagnostic-text.ts';
import { hasErrors } from '../../server/core/diagnostic.ts';
import type { Place } from '../../server/core/place.ts';
import { compileText } from '../../server/model/compile-file.ts';
import type { CompiledFile } from '../../server/model/compile-file.ts';
import type { ReadPart } from '../../server/topology/expand/parts.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 20_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 4711);

/** @param share of all cases, in percent. */
export function fuzzed(share: number): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: Math.ceil((RUNS * share) / 100), seed: SEED };
}

/** Ends what would never end, and nothing else. */
export const FUZZ_LIMIT_MS = 60_000 + RUNS * 30;

const FOLDER = path.join(import.meta.dirname, '../../topologies');

/** Every file below `topologies`, by its path there. */
const shipped = new Map(
  readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => [file, readFileSync(path.join(FOLDER, file), 'utf8')] as const),
);

/** The shipped topologies; parts that they use are no files of their own. */
export const TOPOLOGIES = [...shipped].filter(([, text]) => /^topology:/m.test(text));

/** Parts from memory, so that no case reads a file. */
const readPart: ReadPart = (file) => {
  const text = shipped.get(file) ?? (file.startsWith('parts/') ? 'networks: { part: { vlan: 7 } }\n' : undefined);
  return text === undefined ? { reason: 'There is no such file.', hint: 'check the path' } : { text };
};

/** Nothing of the input that a terminal would act on, and no line feed where none belongs. */
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const LINE_END = /\r?\n/;
/** A thousand problems are listed at most, each in a few lines. */
const MOST_TEXT = 2_000_000;

/** What holds for any text whatever; the answer is for asking more. */
export function checkText(text: string, file = 'fuzz.yaml'): CompiledFile {
  const compiled = compileText({ file, text }, { readPart });
  const { model, diagnostics, sources } = compiled;
  expect(model === null).toBe(hasErrors(diagnostics));
  const lines = new Map(sources.map((source) => [source.file, source.text.split(LINE_END)]));
  for (const { detail, hint, related, ...place } of diagnostics) {
    for (const each of [place, ...related]) {
      const inside = isInside(each, lines.get(each.file) ?? []);
      expect(inside, JSON.stringify({ ...each, detail })).toBe(true);
    }
    expect(`${detail}${hint ?? ''}`).not.toMatch(UNSAFE);
  }
  const told = diagnosticsText(diagnostics, { sourceOf: (name) => (name === file ? text : shipped.get(name)) });
  expect(told).not.toMatch(UNSAFE);
  expect(told.length).toBeLessThan(MOST_TEXT);
  return compiled;
}

/** Where a text ends too early, what is missing stands behind its last character. */
function isInside({ line, column }: Place, lines: readonly string[]): boolean {
  const behind = (lines[line - 1]?.length ?? 0) + 2;
  return line >= 1 && line <= lines.length + 1 && column >= 1 && column <= behind;
}

/** The same text means the same, and is told the same about. */
export function checkAgain(text: string, first: CompiledFile, file = 'fuzz.yaml'): void {
  const again = compileText({ file, text }, { readPart });
  expect(again.diagnostics).toEqual(first.diagnostics);
  expect(again.model).toEqual(first.model);
}

/** How many of the cases got how far. */
export interface Tally {
  cases: number;
  compiled: number;
}

export function newTally(): Tally {
  return { cases: 0, compiled: 0 };
}

export function tallyText(name: string, { cases, compiled }: Tally): string {
  return `${name}: ${String(cases)} cases, ${((100 * compiled) / cases).toFixed(1)} % compile`;
}
