import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { labDown, labTest, labUp } from '../../../server/lab/index.ts';
import { twoHosts, twoHostsText } from '../two-hosts.ts';
import { machineState } from './machine-state.ts';

/** `lab up`, with the options behind, is killed after so many milliseconds; then it is brought up again, or only taken down. */
const [delayMs = '0', then = 'up', ...more] = process.argv.slice(2);
const ssh = more.includes('--ssh');
const MAIN = join(import.meta.dirname, '../../../server/cli/main.ts');

const model = twoHosts();
const folder = await mkdtemp(join(tmpdir(), 'lab-killed-'));
const before = await machineState(model.topology);
try {
  const file = join(folder, 'two-hosts.yaml');
  await writeFile(file, twoHostsText(model.topology));
  const up = spawn(process.execPath, [MAIN, 'lab', 'up', file, ...more], { stdio: 'ignore' });
  await setTimeout(Number(delayMs));
  up.kill('SIGKILL');
  if (up.exitCode === null && up.signalCode === null) await once(up, 'exit');
  // What it had started ends by itself when its input ends.
  await setTimeout(300);
  const failed = then === 'up' ? (await labTest(model, (await labUp(model, { ssh })).lab)).failed : 0;
  await labDown(model.topology);
  process.stdout.write(JSON.stringify({ before, after: await machineState(model.topology), failed }));
} finally {
  await rm(folder, { recursive: true });
}
