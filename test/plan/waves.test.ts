import { describe, expect, test } from 'vitest';
import type { HostPlan } from '../../server/flow/plan.ts';
import { planHost } from '../../server/plan/host.ts';
import { phaseCuts, putTogether } from '../../server/plan/together.ts';
import { wavesOf } from '../../server/plan/waves.ts';
import { emptyView, toy, toyKind } from '../support/toy-kind.ts';
import type { Toy } from '../support/toy-kind.ts';

function plan(host: string, found: readonly Toy[], wanted: readonly Toy[]): HostPlan {
  const desired = { topology: 'shop', host, resources: new Map(wanted.map((each) => [each.id, each])) };
  return planHost(desired, emptyView(), [toyKind(found)]);
}

const lines = ({ steps }: HostPlan): readonly string[] =>
  steps.flatMap((step) => step.commands.map((each) => ('args' in each ? each.args.slice(1).join(' ') : '')));

const filter = toy('filter', { effect: 'closes' });
const wire = toy('wire');
const bridge = toy('bridge', { effect: 'opens' });

/** One that has something and changes to something else. */
const changing = (host: string): HostPlan => plan(host, [toy('old')], [bridge, wire, filter]);
const joined = (...plans: readonly HostPlan[]): readonly string[] =>
  putTogether(plans).flatMap(({ host, together }) => (together === true ? [host] : []));

describe('hosts that depend on each other', () => {
  test('one takes away what another may come to share', () => {
    expect(joined(changing('a'), changing('b'))).toEqual(['a', 'b']);
    expect(joined(plan('a', [toy('old')], []), plan('b', [], [bridge]))).toEqual(['a', 'b']);
  });

  test('a new filter on a host that has something already is waited for by whoever opens', () => {
    expect(joined(plan('a', [wire], [wire, filter]), plan('b', [], [bridge]))).toEqual(['a', 'b']);
  });

  test('one alone, hosts that only add, and hosts that only remove depend on nobody', () => {
    expect(joined(changing('a'))).toEqual([]);
    expect(joined(changing('a'), plan('b', [wire], [wire]))).toEqual([]);
    expect(joined(plan('a', [], [filter, bridge]), plan('b', [wire], [wire, bridge]))).toEqual([]);
    expect(joined(plan('a', [wire], []), plan('b', [bridge], []))).toEqual([]);
  });

  test('new enforcement, then removals, then what permits: on a host that waits for nobody new paths come before old ones go', () => {
    const alone = ['add toy:filter', 'add toy:wire', 'add toy:bridge', 'del toy:old'];
    expect(lines(changing('a'))).toEqual(alone);
    const [first] = putTogether([changing('a'), changing('b')]);
    if (first === undefined) throw new Error('no plan');
    expect(lines(first)).toEqual(['add toy:filter', 'add toy:wire', 'del toy:old', 'add toy:bridge']);
    expect(phaseCuts(first)).toEqual([2, 3]);
    expect(first.steps.map(({ id }) => id)).toEqual(['a/1', 'a/2', 'a/3', 'a/4']);
  });

  test('what waits for something that opens comes behind it', () => {
    const port = toy('port', { needs: ['bridge'] });
    const found = [toy('old')];
    const [first] = putTogether([plan('a', found, [bridge, port, wire]), changing('b')]);
    if (first === undefined) throw new Error('no plan');
    const order = lines(first);
    expect(order).toEqual(['add toy:wire', 'del toy:old', 'add toy:bridge', 'add toy:port']);
    expect(first.steps.at(-1)?.dependsOn).toEqual(['a/3']);
  });
});

describe('waves', () => {
  const fresh = (host: string): HostPlan => plan(host, [], [bridge]);
  const still = plan('z', [wire], [wire]);
  const names = ['a', 'b', 'c', 'd', 'e'];

  test('so many hosts each, the canary alone before them, and none of those that stay as they are', () => {
    const waves = wavesOf([...names.map(fresh), still], { parallel: 2, canary: 'c' });
    expect(waves.map(({ hosts }) => hosts)).toEqual([['c'], ['a', 'b'], ['d', 'e']]);
    expect(waves.map(({ canary }) => canary)).toEqual(['c', null, null]);
  });

  test('hosts that depend on each other are in one, the canary first in each of its phases', () => {
    const plans = putTogether([changing('a'), changing('b'), changing('c')]);
    expect(wavesOf(plans, { parallel: 2, canary: 'b' })).toEqual([
      { hosts: ['b', 'a', 'c'], together: true, canary: 'b' },
    ]);
  });

  test('a canary that is no host of the plan is told of', () => {
    expect(() => wavesOf([fresh('a')], { parallel: 6, canary: 'q' })).toThrow('No host "q" in this plan');
  });
});
