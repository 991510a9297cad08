import type { TortureRow } from './row.ts';
import { openKilling } from './support/killing.ts';
import type { Kill } from './support/killing.ts';

/** Node's start, during which nothing happens, is mostly left out. */
const anytime: Kill = async ({ host, change, applier, random, args }) => {
  const killAfterMs = change.lastsMs * (0.25 + 0.75 * random());
  return { ended: await applier.apply(host, change.text, { args, killAfterMs }), allDead: true };
};

export const killedAnytime: TortureRow = {
  invariant: 'I4',
  promise: 'killed with everything of ours at any time, the next apply converges and rollback restores',
  unit: 'applies killed after a random time',
  target: 1000,
  inCi: 4,
  open: () => openKilling(anytime),
  mutants: [
    {
      name: 'a run that does not note what it has begun',
      within: 40,
      open: () => openKilling(anytime, [' && echo "$k" >"$r/begun"', '']),
    },
  ],
};
