/** What a reboot and a power cut leave of what was applied, at whatever moment they come. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../../server/flow/model.ts';
import { applyModel } from '../../../server/run/apply.ts';
import { apply, destroy, machinePicture, status } from '../../support/disk-machine/answers.ts';
import type { DiskMachine } from '../../support/disk-machine/machine.ts';
import { openDiskMachine } from '../../support/disk-machine/machine.ts';
import { modelOf } from '../../support/topologies.ts';

let machine: DiskMachine;
let text: string;
let branch: Model;
/** Of a machine that has just started, where nothing was ever applied. */
let untouched: string;

beforeAll(async () => {
  text = await readFile(join(import.meta.dirname, 'branch.yaml'), 'utf8');
  branch = modelOf(text);
  machine = await openDiskMachine({ nics: { eno1: 'street', eno2: 'alley' } });
  untouched = await machinePicture(machine);
});
afterAll(() => machine.close());

/** ext4 says so when it has to put right what was not unmounted. */
const RECOVERED = 'EXT4-fs (vda): recovery complete';

describe('the machine', () => {
  it('has started whole', async () => {
    expect(await machine.sh('systemctl --failed --no-legend; systemctl is-system-running')).toBe('running\n');
    expect(await machine.console()).not.toContain(RECOVERED);
  });

  it('keeps through a power cut what was written through to its disk', async () => {
    await machine.sh('echo kept >/root/kept; sync /root/kept /root');
    await machine.cutPower();
    await machine.boot();
    expect(await machine.sh('cat /root/kept')).toBe('kept\n');
    expect(await machine.console()).toContain(RECOVERED);
  });
});

describe('a power cut in the middle of an apply', () => {
  /** So many messages about links after its begin. */
  const MOMENTS = [1, 60];

  it.each(MOMENTS)('at link %i: the next apply converges, and destroy leaves nothing', async (moment) => {
    await cutDuringApply(moment);
    await machine.boot();
    expect((await status(machine, branch)).foreign).toEqual([]);
    expect(await apply(machine, branch)).toBe('applied');
    expect(await destroy(machine, branch)).toBe('applied');
    expect(await machinePicture(machine)).toBe(untouched);
  });

  it('needs no apply for a destroy to leave nothing', async () => {
    await cutDuringApply(30);
    await machine.boot();
    await destroy(machine, branch);
    expect(await machinePicture(machine)).toBe(untouched);
  });

  async function cutDuringApply(moment: number): Promise<void> {
    let seen = 0;
    let watches: (() => void) | undefined;
    let comes: (() => void) | undefined;
    const watching = new Promise<void>((resolve) => (watches = resolve));
    const come = new Promise<void>((resolve) => (comes = resolve));
    machine.start(['ip', '-o', 'monitor', 'link'], (_, lines) => {
      if (lines.includes('probe0')) watches?.();
      else seen += lines.split('\n').length - 1;
      if (seen >= moment) comes?.();
    });
    while (!(await Promise.race([watching.then(() => true), touchLink()])));
    const run = applyModel(branch, () => machine.connection);
    const early = run.then(({ hosts }) => Promise.reject(new Error(`it ended before: ${JSON.stringify(hosts[0])}`)));
    await Promise.race([come, early]);
    await machine.cutPower();
    expect((await run).hosts[0]).toMatchObject({ result: 'failed', verified: false });
  }

  /** Something that whoever watches links sees. */
  async function touchLink(): Promise<false> {
    await machine.sh('ip link add name probe0 type dummy; ip link delete dev probe0');
    return false;
  }
});
