import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextInDirection } from '../../web/map/arrows.ts';
import { layoutMap } from '../../web/map/layout/layout.ts';
import type { Shape } from '../../web/map/layout/shapes.ts';
import { LAYERS } from '../../web/map/layers.ts';
import type { Live, LiveStates } from '../../web/map/live.ts';
import { changedLooks, looksOf, stateWords, withHosts } from '../../web/map/live.ts';
import { marksShown } from '../../web/map/marks.ts';
import { withPins } from '../../web/map/pins.ts';
import { graphOf, siteText } from './sites.ts';

const graph = graphOf(siteText('site', { hosts: 3, networks: 3, guests: 12 }));
const hosts = new Set(graph.nodes.filter(({ kind }) => kind === 'host').map(({ id }) => id));
const layout = layoutMap(graph, hosts);
const shapes = new Map(layout.shapes.map((shape) => [shape.id, shape]));
const live = (state: Live['state'], drift = 0): Live => ({ state, drift, counters: {} });

test('states are shown by sign and not by colour alone, with how much drifted', () => {
  const looks = looksOf(
    layout,
    new Map([
      ['guest:vm1', live('down')],
      ['guest:vm2', live('up', 3)],
    ]),
  );
  expect(looks.get('guest:vm1')).toEqual({ state: 'down', sign: '×' });
  expect(looks.get('guest:vm2')).toEqual({ state: 'up', sign: '✓ ≠3' });
  expect([...looks.keys()].sort()).toEqual(['guest:vm1', 'guest:vm2']);
  expect(stateWords(new Map([['x', live('up', 1)]]), 'x')).toEqual(['up', 'drift']);
});

test('the changes between two looks lead from one to the other, and there are no others', () => {
  const guests = graph.nodes.filter(({ kind }) => kind === 'guest').map(({ id }) => id);
  const states: fc.Arbitrary<LiveStates> = fc
    .array(fc.tuple(fc.constantFrom(...guests), fc.constantFrom('up', 'down', 'partly', 'unknown' as const), fc.nat(2)))
    .map((all) => new Map(all.map(([id, state, drift]) => [id, live(state, drift)])));
  fc.assert(
    fc.property(states, states, (one, other) => {
      const [before, after] = [looksOf(layout, one), looksOf(layout, other)];
      const led = new Map(before);
      for (const [id, look] of changedLooks(before, after)) {
        if (look === null) led.delete(id);
        else led.set(id, look);
      }
      expect(led).toEqual(after);
      expect(changedLooks(after, after)).toEqual([]);
    }),
  );
});

test('a host is as its parts are', () => {
  const state = (states: LiveStates): string | undefined => withHosts(states, graph.nodes).get('host:hv1')?.state;
  const inside = graph.nodes.filter(({ parent }) => parent === 'host:hv1').map(({ id }) => id);
  const all = (one: Live): LiveStates => new Map(inside.map((id) => [id, one]));
  expect(state(all(live('up')))).toBe('up');
  expect(state(all(live('down')))).toBe('down');
  expect(state(all(live('unknown')))).toBe('unknown');
  expect(state(new Map([...all(live('up')), [inside[0] ?? '', live('down')]]))).toBe('partly');
});

test('a collapsed host shows the mark that hurts most, and how many things in it have one', () => {
  const cards = layoutMap(graph, new Set());
  const shown = marksShown(
    graph,
    cards,
    new Map([
      ['guest:vm1', 'added'],
      ['guest:vm4', 'lost'],
      ['guest:vm2', 'changed'],
    ]),
  );
  expect(shown.get('host:hv2')).toEqual({ mark: 'lost', sign: '∅2' });
  expect(shown.get('host:hv3')).toEqual({ mark: 'changed', sign: '~1' });
});

test('a pin moves its own thing, with what is in it, and nothing else', () => {
  const pinned = withPins(layout, { 'host:hv2': [5000, 4000], 'guest:vm3': [300, 10] });
  const moved = pinned.shapes.filter((shape) => {
    const before = shapes.get(shape.id);
    return before === undefined || before.x !== shape.x || before.y !== shape.y;
  });
  const expected = (shape: Shape): boolean =>
    ['host:hv2', 'guest:vm3', 'host:hv1'].includes(shape.id) || shape.parent === 'host:hv2' || shape.role === 'bus';
  expect(moved.filter((shape) => !expected(shape)).map(({ id }) => id)).toEqual([]);
  const box = pinned.shapes.find(({ id }) => id === 'host:hv2');
  expect([(box?.x ?? 0) - (box?.w ?? 0) / 2, (box?.y ?? 0) - (box?.h ?? 0) / 2]).toEqual([5000, 4000]);
  const before = shapes.get('guest:vm1');
  const after = pinned.shapes.find(({ id }) => id === 'guest:vm1');
  expect((after?.x ?? 0) - (before?.x ?? 0)).toBeCloseTo(5000 - ((shapes.get('host:hv2')?.x ?? 0) - (box?.w ?? 0) / 2));
  const ids = new Set(pinned.shapes.map(({ id }) => id));
  expect(pinned.lines.filter(({ source, target }) => !ids.has(source) || !ids.has(target))).toEqual([]);
  expect(withPins(layout, { 'guest:gone': [1, 1] })).toBe(layout);
});

test.each(LAYERS.map(({ id }) => id))('%s: what is written beside joints lies over no other shape', (layer) => {
  const drawn = layoutMap(graph, hosts, layer);
  const ids = new Set(drawn.shapes.map(({ id }) => id));
  expect(drawn.lines.filter(({ source, target }) => !ids.has(source) || !ids.has(target))).toEqual([]);
  const solid = drawn.shapes.filter(({ role }) =>
    ['guest', 'gateway', 'bridge', 'nic', 'port', 'title'].includes(role),
  );
  const labels = drawn.shapes.filter(({ role, label }) => role === 'joint' && label !== '');
  if (layer === 'l3' || layer === 'l2') expect(labels.length).toBeGreaterThan(0);
  for (const { id, x, y, label, parent } of labels) {
    const [left, right, top, bottom] = [x + 6, x + 6 + label.length * 6.4, y + 4, y + 16];
    const under = solid.filter(
      (shape) =>
        Math.abs(shape.x - (left + right) / 2) * 2 < shape.w + right - left &&
        Math.abs(shape.y - (top + bottom) / 2) * 2 < shape.h + bottom - top,
    );
    expect(under.map((shape) => `${id}: ${label} × ${shape.id}`)).toEqual([]);
    const box = drawn.shapes.find((shape) => shape.id === parent);
    expect(right).toBeLessThan((box?.x ?? 0) + (box?.w ?? 0) / 2);
  }
});

test('arrows reach everything from anywhere, and what lies right of a thing is right of it', () => {
  const start = nextInDirection(layout, null, 'right');
  const reached = new Set<string>();
  const todo = [start?.subject ?? ''];
  while (todo.length > 0) {
    const from = todo.pop() ?? '';
    if (reached.has(from)) continue;
    reached.add(from);
    for (const direction of ['left', 'right', 'up', 'down'] as const) {
      const next = nextInDirection(layout, from, direction);
      if (next) todo.push(next.subject);
    }
  }
  const names = graph.nodes.map(({ id }) => id);
  expect(names.filter((id) => !reached.has(id))).toEqual([]);
});
