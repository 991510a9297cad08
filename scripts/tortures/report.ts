/** test/torture/REPORT.md: what was promised, how much of it was tried, and what came of it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release } from 'node:os';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Figures } from '../../test/torture/row.ts';
import { doneOf } from './done.ts';
import type { Caught, Done, RowDone } from './done.ts';
import type { FoundRow } from './rows.ts';
import { TORTURE_FOLDER } from './rows.ts';
import { writeTruth } from './truth.ts';

const FILE = path.join(TORTURE_FOLDER, 'REPORT.md');
const MOST_WORDS = 160;

export async function writeReport(rows: readonly FoundRow[], done: Done): Promise<void> {
  const config = await resolveConfig(FILE);
  writeFileSync(FILE, await format(reportText(rows, done), { ...config, parser: 'markdown' }));
  await writeTruth(rows, done);
}

function reportText(rows: readonly FoundRow[], done: Done): string {
  const sorted = [...rows].sort((a, b) => numberOf(a) - numberOf(b) || a.name.localeCompare(b.name));
  const each = sorted.map((found) => ({ found, row: doneOf(done, found), former: done.rows[found.name] }));
  const failed = each.reduce((sum, { row }) => sum + row.failed, 0);
  return [
    '# What was tried, and held',
    '',
    'Written by `scripts/torture`, which goes on where it stopped: figures add up over its runs for as long as a row stays as it is. A case is made from its seed alone and can be tried again by `scripts/torture --row ROW --seed N`.',
    '',
    `Last run on ${new Date().toISOString().slice(0, 10)}; ${machineText()}. Minutes by commit: ${commitsText(done)}. Cases that failed: ${String(failed)}.`,
    '',
    '| promise | row | tried | of | failed | planted faults found |',
    '| --- | --- | --: | --: | --: | --- |',
    ...each.map(({ found, row }) => overviewLine(found, row)),
    '',
    ...each.flatMap(({ found, row, former }) => [...sectionOf(found, row), ...formerText(row, former)]),
    readFileSync(path.join(TORTURE_FOLDER, 'not-tried.md'), 'utf8'),
  ].join('\n');
}

function numberOf({ row }: FoundRow): number {
  return Number(/\d+/.exec(row.invariant)?.[0] ?? 0);
}

function overviewLine({ name, row: { invariant, target, mutants } }: FoundRow, row: RowDone): string {
  const found = mutants.filter((each) => (row.mutants[each.name] ?? null) !== null).length;
  const tried = row.held + row.failed;
  return `| ${invariant} | ${name} | ${counted(tried)} | ${counted(target)} | ${failedText(row)} | ${String(found)} of ${String(mutants.length)} |`;
}

function failedText(row: RowDone): string {
  const since = row.failures.filter(({ heldAt }) => heldAt !== undefined).length;
  return `${counted(row.failed)}${since === 0 ? '' : ` (${counted(since)} held since)`}`;
}

function sectionOf({ name, row: { invariant, promise, unit, target, mutants } }: FoundRow, row: RowDone): string[] {
  const tried = row.held + row.failed;
  const share = Math.min(100, Math.floor((100 * tried) / target));
  return [
    `## ${invariant}: ${promise}`,
    '',
    `\`${name}\`: ${counted(tried)} of ${counted(target)} ${unit} (${String(share)} %), ${failedText(row)} failed, in ${String(Math.round(row.seconds / 60))} minutes.${figuresText(row.figures)}`,
    '',
    ...mutants.map((mutant) => `- ${mutantText(mutant.name, mutant.within, row.mutants[mutant.name])}`),
    ...(mutants.length > 0 ? [''] : []),
    ...row.failures.flatMap(({ seed, message, at, heldAt }) => [
      `Failed with seed ${String(seed)} (${at})${heldAt === undefined ? '' : `, held when it was tried again (${heldAt})`}: \`scripts/torture --row ${name} --seed ${String(seed)}\``,
      '',
      '```text',
      message.replaceAll('```', "'''"),
      '```',
      '',
    ]),
  ];
}

/** What was tried before the row became what it is now. */
function formerText({ digest }: RowDone, former: RowDone | undefined): string[] {
  if (former === undefined || former.digest === digest) return [];
  const found = Object.values(former.mutants).filter((each) => each !== null).length;
  const tried = `${counted(former.held + former.failed)} cases were tried, ${failedText(former)} failed`;
  return [`Before the row was changed last, ${tried}, and ${String(found)} planted faults were found.`, ''];
}

function figuresText(figures: Figures): string {
  const parts = Object.entries(figures).map(([name, value]) => `${name} ${counted(Math.round(value * 100) / 100)}`);
  return parts.length === 0 ? '' : ` Figures: ${parts.join(', ')}.`;
}

function mutantText(name: string, within: number, caught: Caught | null | undefined): string {
  if (caught === undefined) return `${name}: not tried yet`;
  if (caught === null) return `**${name}: not found within ${String(within)} cases**`;
  return `${name}: found with seed ${String(caught.seed)} (of ${String(within)} allowed), by \`${firstWords(caught.why)}\``;
}

/** Enough to see what it was found by, on one line of Markdown. */
function firstWords(text: string): string {
  const plain = text.replaceAll(/[`\s]+/g, ' ').trim();
  return plain.length > MOST_WORDS ? `${plain.slice(0, MOST_WORDS)} …` : plain;
}

function commitsText({ commits }: Done): string {
  const parts = Object.entries(commits).map(([commit, minutes]) => `${commit} ${String(Math.round(minutes))}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function counted(value: number): string {
  return value.toLocaleString('en-US');
}

function machineText(): string {
  const said = (file: string, ...args: readonly string[]): string =>
    execFileSync(file, args, { encoding: 'utf8' }).trim().split('\n')[0] ?? '';
  const tools = [said('ip', '-V').replace(/^ip utility, /, ''), said('nft', '--version').replace(/ \(.*/, '')];
  return `Linux ${release()} on ${arch()} with ${String(cpus().length)} processors, ${tools.join(', ')}, Node ${process.version}`;
}
