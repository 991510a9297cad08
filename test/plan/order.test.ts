import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planHost } from '../../server/plan/host.ts';
import type { HostPlan } from '../../server/flow/plan.ts';
import { emptyView, toy, toyKind } from '../support/toy-kind.ts';
import type { Toy } from '../support/toy-kind.ts';

function plan(found: readonly Toy[], wanted: readonly Toy[]): HostPlan {
  const desired = { topology: 'shop', host: 'here', resources: new Map(wanted.map((each) => [each.id, each])) };
  return planHost(desired, emptyView(), [toyKind(found)]);
}

function lines({ steps }: HostPlan): readonly string[] {
  return steps.flatMap((step) =>
    step.commands.length === 0
      ? [`(${step.action} ${step.resource})`]
      : step.commands.map((each) => ('args' in each ? each.args.slice(1).join(' ') : '')),
  );
}

describe('what comes first', () => {
  test('a resource comes after what it refers to, and goes before it', () => {
    const all = [toy('address', { needs: ['link'] }), toy('link', { needs: ['bridge'] }), toy('bridge')];
    expect(lines(plan([], all))).toEqual(['add toy:bridge', 'add toy:link', 'add toy:address']);
    expect(lines(plan(all, []))).toEqual(['del toy:address', 'del toy:link', 'del toy:bridge']);
  });

  test('filters close, then things are built, then they open, then the old goes', () => {
    const found = [toy('old')];
    const wanted = [toy('a-bridge', { effect: 'opens' }), toy('b-port'), toy('c-filter', { effect: 'closes' })];
    expect(lines(plan(found, wanted))).toEqual([
      'add toy:c-filter',
      'add toy:b-port',
      'add toy:a-bridge',
      'del toy:old',
    ]);
  });

  test('what gives up a name goes before what takes it, with all that hangs on it', () => {
    const found = [toy('old', { slots: ['name:x'] }), toy('leaf', { needs: ['old'] })];
    const wanted = [toy('new', { slots: ['name:x'] }), toy('bridge', { effect: 'opens' })];
    expect(lines(plan(found, wanted))).toEqual(['del toy:leaf', 'del toy:old', 'add toy:new', 'add toy:bridge']);
  });

  test('what dies with something that goes needs no command', () => {
    const found = [toy('space'), toy('inside', { diesWith: ['space'] })];
    expect(lines(plan(found, []))).toEqual(['(remove toy:inside)', 'del toy:space']);
  });

  test('what dies with something that is replaced is made anew', () => {
    const found = [toy('link', { fixed: 1 }), toy('address', { diesWith: ['link'] })];
    const wanted = [toy('link', { fixed: 2 }), toy('address', { diesWith: ['link'] })];
    expect(lines(plan(found, wanted))).toEqual(['del toy:address', 'del toy:link', 'add toy:link', 'add toy:address']);
    expect(plan(found, wanted).steps.filter((step) => step.first)).toHaveLength(2);
  });

  test('undo is the change the other way round', () => {
    const [step] = plan([toy('link', { value: 1 })], [toy('link', { value: 2 })]).steps;
    expect(step?.action).toBe('change');
    expect(step?.fields).toEqual([{ field: 'value', expected: 2, found: 1 }]);
    const [added] = plan([], [toy('link')]).steps;
    expect(added?.undo).toEqual([{ tool: 'ip', scope: '', args: ['toy', 'del', 'toy:link'] }]);
  });

  test('nothing differs: no steps', () => {
    expect(plan([toy('a'), toy('b')], [toy('b'), toy('a')]).steps).toEqual([]);
  });
});

describe('properties', () => {
  /** Any toys whose references point to earlier ones: a graph without circles. */
  const toys = fc
    .array(
      fc.record({
        needs: fc.array(fc.nat(30), { maxLength: 3 }),
        effect: fc.constantFrom('closes', 'builds', 'opens'),
        fixed: fc.nat(1),
        present: fc.boolean(),
        wanted: fc.boolean(),
        scope: fc.constantFrom('', 'a', 'b'),
      }),
      { maxLength: 30 },
    )
    .map((list) =>
      list.map(({ needs, effect, fixed, present, wanted, scope }, index) => {
        const names = [...new Set(needs.filter((each) => each < index).map((each) => `n${String(each)}`))];
        const name = `n${String(index)}`;
        return {
          found: toy(name, { needs: names, fixed: 0, scope }),
          asked: toy(name, { needs: names, effect: effect, fixed, scope }),
          present,
          wanted,
        };
      }),
    );

  test('every step comes after all that it depends on, whatever the graph', () => {
    fc.assert(
      fc.property(toys, (list) => {
        const found = list.filter((each) => each.present).map((each) => each.found);
        const wanted = list.filter((each) => each.wanted).map((each) => each.asked);
        const { steps } = plan(found, wanted);
        const at = new Map(steps.map((step, index) => [step.id, index]));
        steps.forEach((step, index) => {
          for (const each of step.dependsOn) expect(at.get(each)).toBeLessThan(index);
        });
        const made = new Map(
          steps.flatMap((step, index) =>
            step.before === null && step.after !== null ? [[step.resource, index] as const] : [],
          ),
        );
        const gone = new Map(
          steps.flatMap((step, index) => (step.after === null ? [[step.resource, index] as const] : [])),
        );
        steps.forEach((step, index) => {
          const { before, after } = step as unknown as { before: Toy | null; after: Toy | null };
          if (before === null)
            for (const need of after?.needs ?? []) expect(made.get(`toy:${need}`) ?? -1).toBeLessThan(index);
          if (after === null)
            for (const need of before?.needs ?? []) expect(gone.get(`toy:${need}`) ?? Infinity).toBeGreaterThan(index);
        });
      }),
      { numRuns: 500 },
    );
  });

  test('the order of the file does not matter', () => {
    fc.assert(
      fc.property(toys, fc.infiniteStream(fc.nat(1000)), (list, random) => {
        const found = list.filter((each) => each.present).map((each) => each.found);
        const wanted = list.filter((each) => each.wanted).map((each) => each.asked);
        const shuffled = wanted
          .map((each) => ({ each, key: random.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each);
        expect(plan(found, shuffled).steps).toEqual(plan(found, wanted).steps);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what has to be settled first', () => {
  const lone = (value: number, fixed = 0): Toy => toy('switch', { value, fixed });
  const address = toy('address', { settledOn: ['switch'] });

  test('is changed before what needs it so is made, and after what needed it otherwise is gone', () => {
    expect(lines(plan([lone(1)], [lone(0), address]))).toEqual(['set toy:switch', 'add toy:address']);
    expect(lines(plan([lone(0), address], [lone(1)]))).toEqual(['del toy:address', 'set toy:switch']);
  });
});
