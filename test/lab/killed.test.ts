import { describe, expect, it } from 'vitest';
import { onOwnMachine } from './own-machine.ts';

interface Seen {
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  readonly failed: number;
}

const MOMENTS = [400, 700, 900, 1000, 1100, 1200, 1300, 1400, 1600, 2000];

describe('`lab up` killed at any moment', () => {
  it.each(MOMENTS)(
    'after %i ms: the next one converges, and `lab down` removes everything',
    async (delayMs) => {
      const { before, after, failed } = await onOwnMachine<Seen>('killed', String(delayMs), 'up');
      expect(failed).toBe(0);
      expect(after).toEqual(before);
    },
    120_000,
  );

  it.each([700, 1100, 1500])(
    'after %i ms: `lab down` alone removes what is left',
    async (delayMs) => {
      const { before, after } = await onOwnMachine<Seen>('killed', String(delayMs), 'down');
      expect(after).toEqual(before);
    },
    120_000,
  );
});

describe('a lab', () => {
  it('leaves nothing on the machine, and touches nothing of it while it is up', async () => {
    const { before, during, after, failed } = await onOwnMachine<Seen & { during: Record<string, string> }>(
      'up-and-down',
    );
    expect(failed).toBe(0);
    expect(after).toEqual(before);
    expect(during['agents']).toContain('lab:left');
    const without = (state: Readonly<Record<string, string>>) => ({
      ...state,
      agents: '',
      files: state['files']?.replace(/^trunkline\n/m, ''),
    });
    expect(without(during)).toEqual(without(before));
  }, 120_000);
});
