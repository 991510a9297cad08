import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../server/api/schema/events.ts';
import type { Outcome, Run, RunEntry } from '../../server/api/schema/runs.ts';
import { serverNow, setServerClock } from '../../web/client/clock.ts';
import { stateOfSteps } from '../../web/modes/history/step-states.ts';
import { merged } from '../../web/modes/history/useRuns.ts';
import { clockText, heard, NOTHING_LIVE, outputOf, pressing, progressOf } from '../../web/runs/live.ts';
import type { LiveRuns } from '../../web/runs/live.ts';

const ONE = '20261121T071502-3f9a';
const TWO = '20261121T081502-0000';

function entry(run: string, outcome: Outcome): RunEntry {
  return {
    ...{ run, topology: 'office', name: 'office.yaml', lab: true, who: 'ann', started: '2026-11-21T07:15:02Z' },
    ...{ ended: null, hosts: { server: 'lab' }, outcome, until: null, leaves: null, summary: null, undoes: null },
  };
}

const told = (run: string, outcome: Outcome): LiveEvent => ({ type: 'run', at: '', run: entry(run, outcome) });
const step = (run: string, done: number): LiveEvent => ({
  ...{ type: 'progress', at: '', run, host: 'server', stage: 'changing', done, of: 9 },
});
const hear = (...events: readonly LiveEvent[]): LiveRuns => events.reduce(heard, NOTHING_LIVE);

describe('what the server tells', () => {
  it('presses with what waits before what goes on, and with nothing that is over', () => {
    const live = hear(told(ONE, 'running'), told(TWO, 'pending'), told('20261121T091502-0000', 'applied'));
    expect(pressing(live).map(({ run }) => run)).toEqual([TWO, ONE]);
    expect(pressing(hear(told(ONE, 'running'), told(ONE, 'pending'), told(ONE, 'confirmed')))).toEqual([]);
  });

  it('begins anew when the line was lost for too long', () => {
    const live = hear(told(ONE, 'running'), step(ONE, 3), { type: 'reset', runs: [entry(TWO, 'pending')] });
    expect(live.runs.map(({ run }) => run)).toEqual([TWO]);
    expect(live.progress.size).toBe(0);
  });

  it('counts what has changed hosts: a run that ends, and not one that begins or is kept', () => {
    const after = (...outcomes: readonly Outcome[]): number =>
      hear(...outcomes.map((each) => told(ONE, each))).changes.get('office') ?? 0;
    expect(after('running')).toBe(0);
    expect(after('running', 'applied')).toBe(1);
    expect(after('running', 'pending', 'confirmed')).toBe(1);
    expect(after('running', 'pending', 'undone')).toBe(2);
    expect(hear({ type: 'reset', runs: [entry(ONE, 'applied')] }).changes.size).toBe(0);
  });

  it('adds to what was asked for, and repeats nothing of it', () => {
    const run = {
      run: entry(ONE, 'running'),
      stages: [
        { host: 'server', stage: 'reading', done: 0, of: 0 },
        { host: 'other', stage: 'ready', done: 0, of: 4 },
      ],
      output: [{ at: '2026-11-21T07:15:03Z', text: 'first' }],
    } as unknown as Run;
    const live = hear(
      { type: 'output', at: '2026-11-21T07:15:03Z', run: ONE, text: 'first' },
      { type: 'output', at: '2026-11-21T07:15:04Z', run: ONE, text: 'second' },
      { type: 'output', at: '2026-11-21T07:15:04Z', run: TWO, text: 'of another' },
      step(ONE, 2),
    );
    expect(outputOf(run, live).map(({ text }) => text)).toEqual(['first', 'second']);
    expect(Object.fromEntries(progressOf(run, live))).toMatchObject({
      server: { stage: 'changing', done: 2 },
      other: { stage: 'ready', of: 4 },
    });
  });

  it('tells files apart', () => {
    const file = (name: string): LiveEvent => ({ type: 'file', at: '', name, change: 'changed' });
    expect(Object.fromEntries(hear(file('a.yaml'), file('a.yaml'), file('b.yaml')).files)).toEqual({
      'a.yaml': 2,
      'b.yaml': 1,
    });
  });
});

describe('what has become of a step', () => {
  const at = new Map([['gw/x', { stage: 'changing', done: 2, of: 5 } as const]]);
  it('follows the count while its host is changed', () => {
    const stateOf = stateOfSteps(null, at);
    expect(['gw/x/1', 'gw/x/2', 'gw/x/3', 'gw/x/4', 'other/1'].map(stateOf)).toEqual([
      ...['done', 'done', 'now', undefined, undefined],
    ]);
  });
  it('is what the result says, once there is one', () => {
    const steps = [{ id: 'gw/x/1', action: 'add', resource: 'r', cost: 'hitless', result: 'undone' }] as const;
    const hosts = [
      { host: 'gw/x', result: 'undone', steps, verified: null, confirmed: null, until: null, failure: null },
    ] as const;
    const stateOf = stateOfSteps({ run: ONE, topology: 'office', hosts }, at);
    expect([stateOf('gw/x/1'), stateOf('gw/x/2')]).toEqual(['undone', undefined]);
  });
});

it('a list of runs is newest first, with what was told later', () => {
  const list = merged([entry(TWO, 'applied'), entry(ONE, 'running')], [entry(ONE, 'failed')]);
  expect(list.map(({ run, outcome }) => [run, outcome])).toEqual([
    [TWO, 'applied'],
    [ONE, 'failed'],
  ]);
});

it('a deadline is counted in the time of the server', () => {
  const now = Date.parse('2026-11-21T07:15:00Z');
  setServerClock('Sat, 21 Nov 2026 07:25:00 GMT', now);
  expect(Math.round((serverNow(now) - now) / 60_000)).toBe(10);
  setServerClock('Sat, 21 Nov 2026 07:15:00 GMT', now + 900);
  expect(serverNow(now)).toBe(now);
  setServerClock(null, now);
  expect(serverNow(now)).toBe(now);
});

it.each([
  [247, '4:07'],
  [59.2, '1:00'],
  [3727, '1:02:07'],
  [-3, '0:00'],
])('%d seconds are read as %s', (seconds, text) => {
  expect(clockText(seconds)).toBe(text);
});
