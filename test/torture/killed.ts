import type { TortureRow } from './row.ts';
import { KILL_FAULTS, openKilling } from './support/killing.ts';
import type { Kill } from './support/killing.ts';
import { pick } from './support/spoiled.ts';

/** Before, behind and in the middle of any one of the tools that run on the host. */
const atTool: Kill = async ({ host, change, applier, shim, random, args }) => {
  const at = 1 + Math.floor(random() * change.tools);
  const [how, who] = [
    pick(random, ['before', 'after', 'inside'] as const),
    pick(random, ['all', 'session', 'node'] as const),
  ];
  const environment = shim.environment({ at, how, who, delayUs: Math.floor(random() ** 3 * 30_000) });
  const ended = await applier.apply(host, change.text, { environment, args });
  return { ended, allDead: who === 'all' };
};

export const killed: TortureRow = {
  invariant: 'I4',
  promise: 'killed before, behind or in the middle of any command, the next apply converges and rollback restores',
  unit: 'applies killed (Trunkline, its session on the host, or both) at one of the commands of 60 random changes',
  target: 3000,
  inCi: 6,
  open: () => openKilling(atTool),
  mutants: KILL_FAULTS.map(({ name, fault }) => ({ name, within: 40, open: () => openKilling(atTool, fault) })),
};
