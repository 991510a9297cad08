/** Two labs with hosts over ssh side by side. Prints what the machine was like before and after, and which processes were left. */
import { readdir, readFile } from 'node:fs/promises';
import { labDown, labTest, labUp } from '../../../server/lab/index.ts';
import { twoHosts } from '../two-hosts.ts';
import { machineState } from './machine-state.ts';

async function processes(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines
    .map((line) => line.replaceAll('\0', ' ').trim())
    .filter((line) => /^sshd: |^ssh[: ]| through /.test(line));
}

const [one, two] = [twoHosts(), twoHosts()];
const before = await machineState(one.topology);
const ups = await Promise.all([labUp(one, { ssh: true }), labUp(two, { ssh: true })]);
const failed = [(await labTest(one, ups[0].lab)).failed, (await labTest(two, ups[1].lab)).failed];
const during = await machineState(one.topology);
const running = await processes();
await labDown(one.topology);
const alone = (await labTest(two, ups[1].lab)).failed;
await labDown(two.topology);
const left = await processes();
const after = await machineState(one.topology);
process.stdout.write(JSON.stringify({ before, during, after, failed, alone, running, left }));
