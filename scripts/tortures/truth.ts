/** test/torture/TRUTH.md: what was said of packets against what the kernel did, added up over the rows that judge rules. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { doneOf } from './done.ts';
import type { Done, RowDone } from './done.ts';
import type { FoundRow } from './rows.ts';
import { TORTURE_FOLDER } from './rows.ts';

const FILE = path.join(TORTURE_FOLDER, 'TRUTH.md');
/** Those of scripts/truth that send packets; `sets` compares two readings of the same rules with each other. */
const ROWS = ['rules', 'iptables', 'foreign', 'bridged', 'rewritten', 'reach'];
const REGIONS = [
  'forwarded',
  'pass the bridge',
  'delivered',
  'kept by the router',
  'dropped',
  'rejected',
  'destination translated',
  'source translated',
  'of these answers',
  'of these from the middle of flows',
  'deciding rules compared',
  'rulesets with every counter compared',
];

export async function writeTruth(rows: readonly FoundRow[], done: Done): Promise<void> {
  const config = await resolveConfig(FILE);
  writeFileSync(FILE, await format(truthText(rows, done), { ...config, parser: 'markdown' }));
}

function truthText(rows: readonly FoundRow[], done: Done): string {
  const each = ROWS.flatMap((name) => {
    const found = rows.find((row) => row.name === name);
    return found === undefined ? [] : [{ found, row: doneOf(done, found) }];
  });
  const sum = (of: (row: RowDone) => number): number => each.reduce((all, { row }) => all + of(row), 0);
  const packets = sum((row) => row.figures['packets'] ?? 0);
  const unknown = sum(unknownOf);
  return [
    '# What is said of packets, and what the kernel does',
    '',
    'Written by `scripts/truth` beside REPORT.md, whose figures these are. Each case loads rules that follow from a seed, reads them back, says what becomes of packets, sends them and compares: whether and where they come out, with which addresses, and which rule of which chain ended their way.',
    '',
    `**${counted(sum((row) => row.figures['rulesets'] ?? 0))} rulesets, ${counted(packets)} packets, ${counted(sum((row) => row.failed))} disagreements; ${share(unknown, packets)} were not to be said.** Wanted: 1,000 rulesets, 100,000 packets, 0 disagreements.`,
    '',
    '| row | rulesets | packets | disagreements | not to be said | seeds |',
    '| --- | --: | --: | --: | --: | --- |',
    ...each.map(({ found, row }) => lineOf(found, row)),
    '',
    '## What became of the packets',
    '',
    '| | ' + each.map(({ found }) => found.name).join(' | ') + ' |',
    '| --- |' + each.map(() => ' --: |').join(''),
    ...REGIONS.map(
      (region) => `| ${region} | ${each.map(({ row }) => counted(row.figures[region] ?? 0)).join(' | ')} |`,
    ),
    '',
    readFileSync(path.join(TORTURE_FOLDER, 'truth-found.md'), 'utf8'),
  ].join('\n');
}

function lineOf({ name }: FoundRow, row: RowDone): string {
  const packets = row.figures['packets'] ?? 0;
  const seeds = row.next > 1 ? `1 to ${counted(row.next - 1)}` : 'none';
  return `| ${name} | ${counted(row.figures['rulesets'] ?? row.held)} | ${counted(packets)} | ${counted(row.failed)} | ${share(unknownOf(row), packets)} | ${seeds} |`;
}

function unknownOf({ figures }: RowDone): number {
  return (figures['not to be said'] ?? 0) + (figures['unknown'] ?? 0);
}

function share(part: number, whole: number): string {
  return whole === 0 ? 'none' : `${((100 * part) / whole).toFixed(2)} %`;
}

function counted(value: number): string {
  return value.toLocaleString('en-US');
}
