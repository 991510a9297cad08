import { expect, test } from 'vitest';
import type { GraphDocument, GraphEdge, GraphNode } from '../../server/flow/graph.ts';
import { wayOnMap } from '../../web/map/way.ts';

const node = (id: string, parent?: string): GraphNode => {
  const [kind = ''] = id.split(':');
  return { id, kind: kind as GraphNode['kind'], label: id, facts: {}, ...(parent === undefined ? {} : { parent }) };
};
const edge = (source: string, target: string, network: string): GraphEdge => ({
  ...{ id: `${source} ${target}`, kind: 'member', source, target, network, facts: {} },
});

const GRAPH: GraphDocument = {
  ...{ topology: 't', description: null },
  nodes: [
    ...['host:h', 'network:app', 'network:db', 'network:wan', 'internet'].map((id) => node(id)),
    ...['guest:web', 'guest:db', 'gateway:gw'].map((id) => node(id, 'host:h')),
  ],
  edges: [
    edge('guest:web', 'network:app', 'app'),
    edge('guest:db', 'network:db', 'db'),
    edge('gateway:gw', 'network:app', 'app'),
    edge('gateway:gw', 'network:db', 'db'),
    edge('gateway:gw', 'network:wan', 'wan'),
    edge('network:wan', 'internet', 'wan'),
  ],
};

const way = (...stops: readonly string[]): readonly string[] =>
  [
    ...wayOnMap(
      GRAPH,
      stops.map((on) => ({ on })),
    ),
  ].sort();

test('a way takes the networks between its stops, the lines to them, and the host that it goes through', () => {
  expect(way('guest:web', 'gateway:gw', 'gateway:gw', 'guest:db')).toEqual(
    [
      ...['guest:web', 'gateway:gw', 'guest:db', 'host:h', 'network:app', 'network:db'],
      ...['guest:web network:app', 'gateway:gw network:app', 'gateway:gw network:db', 'guest:db network:db'],
    ].sort(),
  );
});

test('a way out ends at the internet, and leaves what it does not touch alone', () => {
  const found = way('guest:web', 'gateway:gw', 'internet');
  expect(found).toContain('network:wan internet');
  expect(found).not.toContain('network:db');
  expect(found).not.toContain('gateway:gw network:db');
});

test('a packet that goes nowhere shows who sends it', () => {
  expect(way('guest:web')).toEqual(['guest:web', 'host:h']);
});

test('between two bridges that share networks, it takes the one that the frame came in by', () => {
  const both = (bridge: string): GraphEdge[] => ['app', 'db'].map((name) => edge(bridge, `network:${name}`, name));
  const graph: GraphDocument = {
    ...GRAPH,
    nodes: [...GRAPH.nodes, node('bridge:h/br0', 'host:h'), node('bridge:k/br0'), node('guest:far')],
    edges: [...GRAPH.edges, ...both('bridge:h/br0'), ...both('bridge:k/br0'), edge('guest:far', 'network:db', 'db')],
  };
  const stops = ['guest:db', 'bridge:h/br0', 'bridge:k/br0', 'guest:far'];
  const onWay = (list: readonly string[]) =>
    wayOnMap(
      graph,
      list.map((on) => ({ on })),
    );
  for (const list of [stops, stops.toReversed(), ['gateway:gw', ...stops.slice(1)]]) {
    expect(onWay(list)).toContain('network:db');
    expect(onWay(list)).not.toContain('network:app');
  }
  // Nothing says which: both may be.
  expect(onWay(['bridge:h/br0', 'bridge:k/br0'])).toContain('network:app');
});
