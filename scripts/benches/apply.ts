/**
 * How much the product costs over the tools' own work: applying a host with many guest ports, observing it, and planning when
 * there is nothing to change. Everything in fresh namespaces, in turn with what it is compared with. A row is a file in `apply/`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostsRow } from './apply/hosts.ts';
import { observeRows } from './apply/observe.ts';
import { topology } from './apply/rig.ts';
import type { Rig } from './apply/rig.ts';
import { startRow } from './apply/start.ts';
import { applyRow } from './apply/whole.ts';

type Row = (rig: Rig) => Promise<readonly string[]>;
const ROWS: Readonly<Record<string, Row>> = { apply: applyRow, observe: observeRows, start: startRow, hosts: hostsRow };

/** All, or those that `ROWS` names: `ROWS=apply,observe`. */
const rows = (process.env['ROWS'] ?? Object.keys(ROWS).join()).split(',').flatMap((name) => ROWS[name] ?? []);
const ports = Number(process.env['PORTS'] ?? 1000);
const pairs = Number(process.env['PAIRS'] ?? 7);
const folder = await mkdtemp(join(tmpdir(), 'trunkline-bench-'));
try {
  const file = join(folder, 'bench.yaml');
  await writeFile(file, topology(ports));
  console.log(`${String(ports)} guest ports, ${String(pairs)} pairs; median (min to max)`);
  for (const row of rows) console.log((await row({ ports, pairs, file, folder })).join('\n'));
} finally {
  await rm(folder, { recursive: true });
}
