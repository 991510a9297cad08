/** 100 nodes and 200 of one topology, in turn: up, every expectation probed, down. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileFile } from '../../server/model/compile-file.ts';
import { probePlan } from '../../server/model/probes.ts';
import { labName, trunkline } from './lab-command.ts';
import { show, spread, timeMs } from './pairs.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
/** See its `pairs`: each is 20 nodes. */
const SOURCE = join(import.meta.dirname, '../../test/lab/scale.yaml');

interface Times {
  readonly up: number;
  readonly test: number;
  readonly down: number;
}

const PHASES = ['up', 'test', 'down'] as const;

export async function benchScale(folder: string): Promise<void> {
  const [small, large] = [await writeTopology(folder, 5), await writeTopology(folder, 10)];
  const times: { readonly small: Times; readonly large: Times }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push({ small: await live(small), large: await live(large) });

  console.log(`${String(ROUNDS)} rounds, both sizes in turn; seconds, median (min to max)`);
  for (const size of ['small', 'large'] as const) {
    await describe(size === 'small' ? small : large);
    for (const phase of PHASES) print(`  lab ${phase}`, spread(times.map((each) => each[size][phase] / 1000)));
    print('  from nothing to all probed', spread(times.map((each) => tested(each[size]) / 1000)));
  }
  print(
    '200 nodes / 100 nodes, from nothing to all probed',
    spread(times.map((each) => tested(each.large) / tested(each.small))),
  );
}

function tested({ up, test }: Times): number {
  return up + test;
}

function print(what: string, value: ReturnType<typeof spread>): void {
  console.log(`${what.padEnd(52)}${show(value)}`);
}

async function writeTopology(folder: string, pairs: number): Promise<string> {
  const file = join(folder, `scale-${String(pairs)}.yaml`);
  const text = await readFile(SOURCE, 'utf8');
  const named = text
    .replace('topology: scale', `topology: ${labName('scale')}`)
    .replace('pairs: 5', `pairs: ${String(pairs)}`);
  await writeFile(file, named);
  return file;
}

async function describe(file: string): Promise<void> {
  const { model } = await compileFile(file);
  if (model === null) throw new Error(`${file} is wrong`);
  const { probes } = probePlan(model);
  const denied = probes.filter(({ want }) => want === 'deny').length;
  const nodes = `${String(model.hosts.size)} hosts, ${String(model.guests.size)} guests, ${String(model.gateways.size)} gateways`;
  console.log(`${nodes}, ${String(model.networks.size)} networks`);
  console.log(
    `  ${String(model.expectations.length)} expectations: ${String(probes.length - denied)} probes that must be answered, ${String(denied)} that must not arrive`,
  );
}

/** All of it must come out as expected: what fails early is quick. */
async function live(file: string): Promise<Times> {
  try {
    const up = await timeMs(() => trunkline('lab', 'up', file));
    const test = await timeMs(() => trunkline('lab', 'test', file));
    return { up, test, down: await timeMs(() => trunkline('lab', 'down', file)) };
  } finally {
    await trunkline('lab', 'down', file);
  }
}
