import { expect, it } from 'vitest';
import { onOwnMachine } from './own-machine.ts';

interface Seen {
  readonly before: Readonly<Record<string, string>>;
  readonly during: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  readonly verified: number;
  readonly hosts: number;
  readonly nodes: number;
  readonly ended: number;
  readonly passed: number;
  readonly failed: number;
  readonly idle: number;
  readonly probing: number;
}

/** The machine's state but for the lab's own processes and folder. */
const without = (state: Readonly<Record<string, string>>) => ({
  ...state,
  agents: '',
  files: state['files']?.replaceAll(/^\/run\/trunkline(\/.*)?\n/gm, ''),
});

it('200 nodes come up, meet what they expect with one process a node, and leave nothing', async () => {
  const seen = await onOwnMachine<Seen>('scale', '10');
  expect(seen.verified).toBe(seen.hosts);
  expect(seen.failed).toBe(0);
  // More neighbours than the kernel's table has room for, unless somebody made it larger.
  expect(seen.passed).toBeGreaterThan(15_000);
  expect(seen.nodes).toBeGreaterThan(200);
  expect(seen.during['agents']?.split(' ')).toHaveLength(seen.nodes);
  // Two more hold the lock and read what the kernel lost: none is there for a probe or a port.
  expect(seen.probing - seen.idle).toBeLessThanOrEqual(3);
  expect(seen.ended).toBe(seen.nodes);
  expect(without(seen.during)).toEqual(without(seen.before));
  expect(seen.after).toEqual(seen.before);
}, 600_000);
