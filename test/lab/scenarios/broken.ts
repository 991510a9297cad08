/** Two labs side by side; one is broken, listened to and tested. Prints what the machine was like before and after. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { labCapture, labDown, labFail, labHeal, labRun, labTest, labUp, parseHow } from '../../../server/lab/index.ts';
import { twoHosts } from '../two-hosts.ts';
import { machineState } from './machine-state.ts';

const [broken, other] = [twoHosts(), twoHosts()];
const folder = await mkdtemp(join(tmpdir(), 'lab-broken-'));
try {
  const before = await machineState(broken.topology);
  const [{ lab }, { lab: otherLab }] = await Promise.all([labUp(broken), labUp(other)]);
  for (const [target, how] of [
    ['web', 'cut'],
    ['gw@left', 'loss 10%'],
    ['left:eno1', 'one-way'],
  ] as const)
    await labFail(broken, lab, target, parseHow(how));
  const during = await machineState(broken.topology);
  const path = join(folder, 'other.pcap');
  const capture = labCapture(lab, 'other', { write: path, count: 0, seconds: 3 });
  while ((await readFile(path).catch(() => '')).length === 0) await setTimeout(50);
  await labRun(lab, 'other', ['ping', '-c', '1', '-W', '1', '10.1.0.10']);
  const { frames } = await capture;
  const failed = [(await labTest(broken, lab)).failed, (await labTest(other, otherLab)).failed];
  await labHeal(lab, 'web');
  // Down while the rest is still broken.
  await labDown(broken.topology);
  const alone = (await labTest(other, otherLab)).failed;
  await labDown(other.topology);
  process.stdout.write(
    JSON.stringify({ before, during, after: await machineState(broken.topology), frames, failed, alone }),
  );
} finally {
  for (const model of [broken, other]) await labDown(model.topology);
  await rm(folder, { recursive: true });
}
