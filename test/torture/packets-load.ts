import type { TortureRow } from './row.ts';
import { openCrossing } from './support/crossing.ts';

const LOAD = { changes: 10, more: 2500, busy: true };

export const packetsLoad: TortureRow = {
  invariant: 'I2, I3',
  promise: 'the same with thousands of rules, on a machine whose processor somebody else wants',
  unit: 'pairs of random policies of 2,500 entries, changed into each other ten times under a stream of packets',
  target: 200,
  inCi: 1,
  open: () => openCrossing(LOAD),
  mutants: [
    {
      name: 'a table that is taken away and made anew in two calls',
      within: 3,
      open: () => openCrossing({ ...LOAD, spoil: ({ remove, create }) => [remove, create] }),
    },
  ],
};
