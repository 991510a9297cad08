import type { TortureRow } from './row.ts';
import { openCrossing } from './support/crossing.ts';

const CHANGES = 40;

export const packetsRules: TortureRow = {
  invariant: 'I2, I3',
  promise: 'while rules change, no packet passes that both deny, and none is lost that both allow',
  unit: 'pairs of random policies, changed into each other forty times under a stream of packets',
  target: 500,
  inCi: 5,
  open: () => openCrossing({ changes: CHANGES }),
  mutants: [
    {
      name: 'a table that is taken away and made anew in two calls',
      within: 5,
      open: () => openCrossing({ changes: CHANGES, spoil: ({ remove, create }) => [remove, create] }),
    },
    {
      name: 'a table that is made anew, closed until it is whole',
      within: 5,
      open: () =>
        openCrossing({
          changes: CHANGES,
          spoil: ({ remove, create }) => [
            'add table inet closed; add chain inet closed closing { type filter hook forward priority 0; policy drop; }',
            remove,
            create,
            'delete table inet closed',
          ],
        }),
    },
  ],
};
