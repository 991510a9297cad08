import assert from 'node:assert/strict';
import { applyModel } from '../../server/run/apply.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { hostPicture, samePicture } from '../support/picture.ts';
import type { Figures, Rig, TortureRow } from './row.ts';
import type { Ended } from './support/applier.ts';
import { hostBefore, openChanges } from './support/killing.ts';
import type { Change, Changes } from './support/killing.ts';
import { pick, randomFrom } from './support/spoiled.ts';

type Spoil = (changes: Changes, change: Change, host: HostNamespace, random: () => number) => Promise<Ended>;

const CODES = [1, 2, 75, 126, 127, 255, 128 + 9, 128 + 13, 128 + 15];

/** One of the tools says that it failed, whether it did its work or not; others of it were killed by a signal. */
const forged: Spoil = async ({ applier, shim }, change, host, random) => {
  const at = 1 + Math.floor(random() * change.tools);
  const environment = shim.environment({ at, how: pick(random, ['not', 'wrong'] as const), code: pick(random, CODES) });
  return applier.apply(host, change.text, { environment });
};

/** The folder in which a host keeps what it knows of a run has little room, or none. */
const full: Spoil = async ({ applier }, change, host, random) => {
  const room = `size=${String(4 * Math.floor(random() * 24) + 4)}k`;
  const mount =
    'mkdir -p /run/trunkline && cp -a /run/trunkline /run/kept && mount -t tmpfs -o "$1" none /run/trunkline && cp -a /run/kept/. /run/trunkline/ 2>/dev/null; rm -rf /run/kept';
  await host.run('sh', '-c', mount, 'sh', room);
  return applier.apply(host, change.text);
};

/** The clock jumps by hours, or decades, with every look at it. */
const jumping: Spoil = async ({ applier }, change, host, random) => {
  const by = pick(random, [3600, 90_000, 2_000_000_000]);
  const date = `#!/bin/sh\necho $(($(/bin/date +%s) + ($$ % 3 - 1) * ${String(by)}))\n`;
  await host.input(date, 'sh', '-c', 'mkdir -p /run/clock && cat >/run/clock/date && chmod +x /run/clock/date');
  return applier.apply(host, change.text, { environment: { PATH: '/run/clock:/usr/sbin:/usr/bin:/sbin:/bin' } });
};

/** A failed apply leaves the host as before; where it can't, it says so, and then the next apply mends it. */
async function judge(host: HostNamespace, change: Change, before: string, { exitCode, said }: Ended): Promise<Figures> {
  const now = await hostPicture(host);
  if (exitCode === 0) {
    samePicture(now, change.picture, 'said to be applied: the host');
    return { 'ended well': 1 };
  }
  const asBefore = now === before;
  if (
    !asBefore &&
    !/neither as before nor as intended|does not answer any more|broke off|goes back by itself/.test(said)
  )
    samePicture(
      now,
      before,
      `not a word of it was said (exit code ${String(exitCode)}):\n${said.slice(-1500)}\nthe host`,
    );
  await host.run('sh', '-c', 'umount /run/trunkline 2>/dev/null; exit 0');
  return { [asBefore ? 'as before' : 'told that neither']: 1 };
}

async function openRig(spoils: readonly Spoil[]): Promise<Rig> {
  const changes = await openChanges();
  return {
    async one(seed) {
      const change = await changes.of(seed);
      const random = randomFrom(seed);
      const host = await hostBefore(change);
      try {
        const before = await hostPicture(host);
        const ended = await pick(random, spoils)(changes, change, host, random);
        const figures = await judge(host, change, before, ended);
        if ('told that neither' in figures || 'ended well' in figures) {
          const [result] = (await applyModel(change.wanted, () => host.connection)).hosts;
          assert.deepEqual(result?.failure, null);
          samePicture(await hostPicture(host), change.picture, 'the host after the next apply');
        }
        return figures;
      } finally {
        await host.close();
      }
    },
    close: () => changes.close(),
  };
}

export const faults: TortureRow = {
  invariant: 'I4',
  promise:
    'tools that fail or seem to, a full disk and a jumping clock leave a host as before or as wanted, or it is said what it is',
  unit: 'applies with a forged exit code, without room for the journal, or with a clock that jumps',
  target: 600,
  inCi: 5,
  open: () => openRig([forged, forged, full, jumping]),
  mutants: [],
};
