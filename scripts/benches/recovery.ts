/**
 * A machine of the lab is thrown out of the window: how long until its protected guests answer on the others
 * (`apply --lab --without`), and until it is back from the file alone, with all that was on it (`lab up`).
 */
import { readFile, rm, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLab } from '../../server/lab/index.ts';
import { labName, trunkline } from './lab-command.ts';
import { show, spread, timeMs } from './pairs.ts';

const SOURCE = join(import.meta.dirname, '../../topologies/tenth-floor/tenth-floor.yaml');
const LOST = 'floor-10';
const ROUNDS = 3;

interface Recovery {
  readonly elsewhere: number;
  readonly back: number;
}

/** Seconds of each round. Throws where anything of it fails, or an expectation is not met afterwards. */
export async function measureRecovery(rounds = ROUNDS): Promise<readonly Recovery[]> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-recovery-'));
  const name = labName('tenth');
  const file = join(folder, 'tenth-floor.yaml');
  await writeFile(file, (await readFile(SOURCE, 'utf8')).replace('topology: tenth-floor', `topology: ${name}`));
  const times: Recovery[] = [];
  try {
    await trunkline('lab', 'up', file);
    for (let round = 0; round < rounds; round += 1) {
      const pid = (await openLab(name)).nodes.get(LOST)?.pid;
      if (pid === undefined) throw new Error(`the lab has no ${LOST}`);
      process.kill(pid, 'SIGKILL');
      const elsewhere = await timeMs(() => trunkline('apply', file, '--lab', '--yes', '--without', LOST));
      await trunkline('lab', 'exec', file, 'desk', '--', 'ping', '-c', '1', '-W', '2', '10.81.0.10');
      const back = await timeMs(() => trunkline('lab', 'up', file));
      await trunkline('lab', 'test', file);
      times.push({ elsewhere: elsewhere / 1000, back: back / 1000 });
    }
    return times;
  } finally {
    await trunkline('lab', 'down', file);
    await rm(folder, { recursive: true });
  }
}

export async function benchRecovery(): Promise<void> {
  const times = await measureRecovery();
  console.log(`a lost host of three, ${String(times.length)} times, in seconds (goal: back within 60):`);
  console.log(`  its guests on the others   ${show(spread(times.map((each) => each.elsewhere)))}`);
  console.log(`  the host itself is back    ${show(spread(times.map((each) => each.back)))}`);
}

if (process.argv[1] === import.meta.filename) await benchRecovery();
