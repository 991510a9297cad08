import { describe, expect, it } from 'vitest';
import { onOwnMachine } from './own-machine.ts';

/** The machine's state but for the lab's own processes and folder. */
const without = (state: Readonly<Record<string, string>>) => ({
  ...state,
  agents: '',
  files: state['files']?.replaceAll(/^\/run\/trunkline(\/.*)?\n/gm, ''),
});

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
    expect(without(during)).toEqual(without(before));
  }, 120_000);
});

interface Broken extends Seen {
  readonly during: Readonly<Record<string, string>>;
  readonly frames: number;
  readonly alone: number;
}

describe('two labs, one of them broken, listened to and taken down as it is', () => {
  it('leave nothing on the machine, touch nothing of it, and know nothing of each other', async () => {
    const seen = await onOwnMachine<Omit<Broken, 'failed'> & { readonly failed: readonly [number, number] }>('broken');
    expect(seen.frames).toBeGreaterThan(0);
    expect(seen.failed[0]).toBeGreaterThan(0);
    expect([seen.failed[1], seen.alone]).toEqual([0, 0]);
    expect(without(seen.during)).toEqual(without(seen.before));
    expect(seen.after).toEqual(seen.before);
  }, 180_000);
});

describe('`lab fail` and `lab heal` killed at any moment', () => {
  it.each(['fail', 'heal'])(
    '%s: what is recorded is mended by `lab heal --all`, and all is met again',
    async (verb) => {
      const { before, after, failed } = await onOwnMachine<Seen>('killed-fault', verb);
      expect(failed).toBe(0);
      expect(after).toEqual(before);
    },
    180_000,
  );
});
