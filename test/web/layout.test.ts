import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GraphDocument } from '../../server/flow/graph.ts';
import { layoutMap } from '../../server/draw/layout/layout.ts';
import { hostsOpenAtFirst } from '../../server/draw/layout/open.ts';
import { compareNaturally, sortedNaturally } from '../../server/draw/layout/order.ts';
import type { MapLayout, Shape, ShapeRole } from '../../server/draw/layout/shapes.ts';
import { labelWidth } from '../../server/draw/layout/text.ts';
import type { Size } from './sites.ts';
import { graphOf, siteText } from './sites.ts';

const siteGraph = (size: Size): GraphDocument => graphOf(siteText('site', size));
const SHIPPED = ['office', 'app-vlans', 'overlay'];
const shipped = (name: string): GraphDocument =>
  graphOf(readFileSync(new URL(`../../topologies/${name}/${name}.yaml`, import.meta.url), 'utf8'));

const SIZES = [
  { hosts: 1, networks: 1, guests: 3 },
  { hosts: 1, networks: 2, guests: 30 },
  { hosts: 2, networks: 4, guests: 9 },
  { hosts: 4, networks: 5, guests: 30 },
  { hosts: 9, networks: 12, guests: 150 },
];

const allHosts = (graph: GraphDocument): ReadonlySet<string> =>
  new Set(graph.nodes.filter((node) => node.kind === 'host').map((node) => node.id));

/** Lines and their ends lie on what they join; everything else needs room of its own. */
const MAY_TOUCH = new Set<ShapeRole>(['bus', 'segment', 'joint', 'plug']);

function overlaps(layout: MapLayout): string[] {
  const solid = layout.shapes.filter((shape) => !MAY_TOUCH.has(shape.role));
  const found: string[] = [];
  for (const [index, a] of solid.entries()) {
    for (const b of solid.slice(index + 1)) {
      if (a.parent === b.id || b.parent === a.id) continue;
      if (Math.abs(a.x - b.x) * 2 < a.w + b.w && Math.abs(a.y - b.y) * 2 < a.h + b.h) found.push(`${a.id} × ${b.id}`);
    }
  }
  return found;
}

function outside(layout: MapLayout): string[] {
  const boxes = new Map(layout.shapes.map((shape) => [shape.id, shape]));
  const inside = (inner: Shape, box: Shape): boolean =>
    Math.abs(inner.x - box.x) * 2 <= box.w - inner.w + 0.01 && Math.abs(inner.y - box.y) * 2 <= box.h - inner.h + 0.01;
  return layout.shapes
    .filter((shape) => shape.parent !== undefined)
    .filter((shape) => {
      const box = boxes.get(shape.parent ?? '');
      return box === undefined || !inside(shape, box);
    })
    .map((shape) => shape.id);
}

/** Buses and segments that run through something solid they do not belong to. */
function crossings(layout: MapLayout): string[] {
  const solid = layout.shapes.filter((shape) => !MAY_TOUCH.has(shape.role) && shape.role !== 'host');
  return layout.shapes
    .filter((shape) => shape.role === 'segment')
    .flatMap((line) =>
      solid
        .filter((shape) => shape.role !== 'network')
        .filter(
          (shape) =>
            Math.abs(shape.x - line.x) * 2 < shape.w + line.w && Math.abs(shape.y - line.y) * 2 < shape.h + line.h,
        )
        .map((shape) => `${line.id} × ${shape.id}`),
    );
}

const GRAPHS = [
  ...SHIPPED.map((name) => ({ name, graph: shipped(name) })),
  ...SIZES.map((size) => ({
    name: `${String(size.guests)} guests on ${String(size.hosts)} hosts`,
    graph: siteGraph(size),
  })),
];

describe.each(GRAPHS)('$name', ({ graph }) => {
  const layout = layoutMap(graph, allHosts(graph));

  test('nothing lies over anything else, and what is in a host lies in its box', () => {
    expect(overlaps(layout)).toEqual([]);
    expect(outside(layout)).toEqual([]);
    expect(crossings(layout)).toEqual([]);
  });

  test('every node of the graph is on the map, and every line has its ends', () => {
    const subjects = new Set(layout.shapes.map((shape) => shape.subject));
    expect(graph.nodes.map((node) => node.id).filter((id) => !subjects.has(id))).toEqual([]);
    const ids = new Set(layout.shapes.map((shape) => shape.id));
    expect(ids.size).toBe(layout.shapes.length);
    expect(new Set(layout.lines.map((line) => line.id)).size).toBe(layout.lines.length);
    expect(layout.lines.filter((line) => !ids.has(line.source) || !ids.has(line.target))).toEqual([]);
  });

  test('every attachment to a network can be followed on the map', () => {
    const drawn = new Set([...layout.lines, ...layout.shapes].map((each) => each.subject));
    const followed = graph.edges.filter((edge) =>
      ['member', 'nic', 'carries', 'wire', 'uplink', 'beyond'].includes(edge.kind),
    );
    expect(followed.map((edge) => edge.id).filter((id) => !drawn.has(id))).toEqual([]);
  });

  test('labels fit in their shapes', () => {
    const tight = layout.shapes.filter((shape) => labelWidth(shape.label) + 8 > shape.w && shape.label !== '');
    expect(tight.map((shape) => `${shape.id}: ${shape.label}`)).toEqual([]);
  });

  test('the order of the graph does not show', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...graph.nodes], { minLength: graph.nodes.length }),
        fc.shuffledSubarray([...graph.edges], { minLength: graph.edges.length }),
        (nodes, edges) => {
          const again = layoutMap({ ...graph, nodes, edges }, allHosts(graph));
          expect(sorted(again)).toEqual(sorted(layout));
        },
      ),
      { numRuns: 10 },
    );
  });
});

function sorted(layout: MapLayout): MapLayout {
  const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
  return { shapes: [...layout.shapes].sort(byId), lines: [...layout.lines].sort(byId) };
}

describe('order', () => {
  test('numbers count as numbers', () => {
    expect(['vm10', 'vm2', 'vm1', 'vm02', 'a', 'vm2b'].sort(compareNaturally)).toEqual([
      'a',
      'vm1',
      'vm02',
      'vm2',
      'vm2b',
      'vm10',
    ]);
  });

  test('sorting many is sorting by comparing two, and equal ones keep their order', () => {
    const names = Array.from(
      { length: 300 },
      (_, index) => `vm${'0'.repeat(index % 3)}${String((index * 7919) % 90)}x`,
    );
    const items = names.map((name, index) => ({ name, index }));
    const expected = items.toSorted((a, b) => compareNaturally(a.name, b.name) || a.index - b.index);
    expect(sortedNaturally(items, ({ name }) => name)).toEqual(expected);
  });

  test('guests of one network stand in natural order', () => {
    const graph = siteGraph({ hosts: 1, networks: 1, guests: 12 });
    const guests = layoutMap(graph, allHosts(graph)).shapes.filter((shape) => shape.role === 'guest');
    const read = [...guests].sort((a, b) => a.y - b.y || a.x - b.x).map((shape) => shape.subject);
    expect(read).toEqual([...read].sort(compareNaturally));
    expect(read).toHaveLength(12);
  });
});

describe('labels', () => {
  test('a guest has its first address, a network what tells it apart', () => {
    const graph = shipped('app-vlans');
    const labels = new Map(layoutMap(graph, allHosts(graph)).shapes.map((shape) => [shape.id, shape.label]));
    expect(labels.get('guest:shop1')).toBe('shop1\n10.1.1.10');
    expect(labels.get('network:shop')).toBe('shop\nVLAN 101 · 10.1.1.0/24');
    expect([...labels.values()]).toContain('host address\n10.0.20.11');
  });
});

describe('collapsed', () => {
  const graph = siteGraph({ hosts: 25, networks: 10, guests: 500 });

  test('a large site starts with cards that count what is in them, and makes nothing else', () => {
    const open = hostsOpenAtFirst(graph);
    expect(open.size).toBe(0);
    const layout = layoutMap(graph, open);
    expect(overlaps(layout)).toEqual([]);
    expect(layout.shapes.filter((shape) => shape.role === 'guest')).toEqual([]);
    const cards = layout.shapes.filter((shape) => shape.role === 'card');
    expect(cards).toHaveLength(25);
    expect(cards[0]?.label).toBe('hv1\n20 guests\n11 networks · 1 gateway');
  });

  test('an opened host stands between the cards with everything in it', () => {
    const layout = layoutMap(graph, new Set(['host:hv7']));
    expect(overlaps(layout)).toEqual([]);
    expect(outside(layout)).toEqual([]);
    expect(layout.shapes.filter((shape) => shape.role === 'guest')).toHaveLength(20);
    expect(layout.shapes.filter((shape) => shape.role === 'card')).toHaveLength(24);
    // Those that the host is on have their line; the others stay on the shelf.
    expect(layout.shapes.filter((shape) => shape.role === 'network')).toHaveLength(11);
  });

  test('a small site starts open', () => {
    const small = siteGraph({ hosts: 2, networks: 4, guests: 9 });
    expect(hostsOpenAtFirst(small)).toEqual(allHosts(small));
  });
});

describe('unusual graphs', () => {
  test('a gateway with members on two hosts stands in both', () => {
    const graph = siteGraph({ hosts: 2, networks: 2, guests: 2 });
    const cluster: GraphDocument = {
      ...graph,
      nodes: graph.nodes.map(({ parent, ...node }) =>
        node.kind === 'gateway' || parent === undefined ? node : { ...node, parent },
      ),
      edges: [
        ...graph.edges,
        { id: 'attached:vgw-1~hv2', kind: 'attached', source: 'gateway:vgw-1', target: 'bridge:hv2/br0', facts: {} },
      ],
    };
    const layout = layoutMap(cluster, allHosts(cluster));
    const members = layout.shapes.filter((shape) => shape.role === 'gateway');
    expect(members.map((shape) => shape.parent)).toEqual(['host:hv1', 'host:hv2']);
    expect(new Set(members.map((shape) => shape.subject))).toEqual(new Set(['gateway:vgw-1']));
    expect(overlaps(layout)).toEqual([]);
  });

  test('an empty graph, a host alone, and a guest that lies nowhere', () => {
    const empty: GraphDocument = { topology: 'none', description: null, nodes: [], edges: [] };
    expect(layoutMap(empty, new Set())).toMatchObject({ shapes: [], lines: [] });
    const alone: GraphDocument = {
      ...empty,
      nodes: [
        { id: 'host:h', kind: 'host', label: 'h', facts: {} },
        { id: 'guest:g', kind: 'guest', label: 'g', facts: {} },
      ],
    };
    const layout = layoutMap(alone, new Set(['host:h']));
    expect(overlaps(layout)).toEqual([]);
    expect(layout.shapes.map((shape) => shape.subject)).toContain('guest:g');
  });

  test('hostile names are cut, and their control and direction characters replaced', () => {
    const graph = siteGraph({ hosts: 1, networks: 2, guests: 2 });
    const label = `<img src=x onerror=alert(1)>\u202e\n\u0000${'x'.repeat(5000)}`;
    const hostile = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, label })) };
    const layout = layoutMap(hostile, allHosts(hostile));
    for (const shape of layout.shapes) expect(shape.label).not.toMatch(/[\u0000\u202e]/);
    expect(Math.max(...layout.shapes.map((shape) => shape.w))).toBeLessThan(4000);
    expect(overlaps(layout)).toEqual([]);
  });
});
