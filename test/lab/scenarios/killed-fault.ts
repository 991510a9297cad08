/** `lab fail` or `lab heal` is killed again and again, a little later each time; then everything is mended and tested. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CUT, labDown, labFail, labFaults, labHeal, labTest, labUp } from '../../../server/lab/index.ts';
import { twoHosts, twoHostsText } from '../two-hosts.ts';
import { machineState } from './machine-state.ts';

const [verb = 'fail'] = process.argv.slice(2);
const MAIN = join(import.meta.dirname, '../../../server/cli/main.ts');
const DELAYS_MS = [500, 600, 700, 800, 900, 1000, 1200, 1500];

const model = twoHosts();
const folder = await mkdtemp(join(tmpdir(), 'lab-killed-fault-'));
const before = await machineState(model.topology);
try {
  const file = join(folder, 'two-hosts.yaml');
  await writeFile(file, twoHostsText(model.topology));
  const { lab } = await labUp(model);
  for (const delayMs of DELAYS_MS) {
    if (verb === 'heal' && (await labFaults(lab)).length === 0) await labFail(model, lab, 'left', CUT);
    const child = spawn(process.execPath, [MAIN, 'lab', verb, file, 'left'], { stdio: 'ignore' });
    await setTimeout(delayMs);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    // What it had started ends by itself when its input ends.
    await setTimeout(300);
    if (verb === 'fail') await labHeal(lab, null);
  }
  await labHeal(lab, null);
  const { failed } = await labTest(model, lab);
  await labDown(model.topology);
  process.stdout.write(JSON.stringify({ before, after: await machineState(model.topology), failed }));
} finally {
  await labDown(model.topology);
  await rm(folder, { recursive: true });
}
