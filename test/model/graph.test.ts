/** The graph of a topology, as JSON and as a Mermaid chart. */
import { describe, expect, test } from 'vitest';
import { graphDocument, graphMermaid } from '../../server/model/graph.ts';
import { escapeMermaid } from '../../server/model/graph/mermaid.ts';
import { topologyGraph } from '../../server/model/graph/topology-graph.ts';
import { EXAMPLE } from './support/example.ts';
import { modelOf } from './support/compile-text.ts';

const model = modelOf(EXAMPLE);
const document = graphDocument(model);
const facts = (id: string) => document.nodes.find((node) => node.id === id)?.facts;

describe('the document', () => {
  test('has every thing once, and edges between things that are there', () => {
    const ids = document.nodes.map((node) => node.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(document.edges.map((edge) => edge.id)).size).toBe(document.edges.length);
    for (const edge of document.edges) {
      expect(ids).toContain(edge.source);
      expect(ids).toContain(edge.target);
    }
    for (const node of document.nodes) if (node.parent !== undefined) expect(ids).toContain(node.parent);
    expect(ids).toEqual(
      expect.arrayContaining([
        'host:gw-x',
        'bridge:gw-x/br0',
        'port:gw-y/eno1',
        'network:far',
        'guest:web1',
        'gateway:vgw-1',
        'fabric:default',
        'internet',
      ]),
    );
  });

  test('has each sort of edge that it promises', () => {
    const count = (kind: string): number => document.edges.filter((edge) => edge.kind === kind).length;
    expect(
      Object.fromEntries(
        ['uplink', 'wire', 'carries', 'attached', 'nic', 'member', 'tunnel', 'underlay', 'beyond'].map((kind) => [
          kind,
          count(kind),
        ]),
      ),
    ).toEqual({
      uplink: 2,
      wire: 2,
      carries: 9,
      attached: 8,
      nic: 2,
      member: 8,
      tunnel: 1,
      underlay: 1,
      beyond: 1,
    });
  });

  test('says of a guest what the side panel shows', () => {
    expect(facts('guest:web1')).toMatchObject({
      host: 'gw-x',
      addresses: ['10.1.1.10/24 on shop', '2001:db8:1::10/64 on shop'],
      'default route': ['via 10.1.1.1 on shop', 'via 2001:db8:1::1 on shop'],
      listens: ['8443/tcp'],
      published: ['192.0.2.11:443/tcp -> web1:8443 (vgw-1)'],
    });
    expect(facts('guest:web1')?.['policy']).toHaveLength(3);
    expect(facts('guest:f1')?.['policy']).toBeUndefined();
    expect(facts('network:shop')).toMatchObject({
      carried: 'VLAN 101',
      MTU: 1500,
      guests: ['web1', 'web2'],
      gateways: ['vgw-1'],
    });
  });

  test('is plain JSON and the same every time', () => {
    const again = graphDocument(modelOf(EXAMPLE));
    expect(JSON.stringify(again)).toBe(JSON.stringify(document));
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});

describe('the graph', () => {
  test('leads from a guest on one host to one on the other by bridges and the wire between', () => {
    const graph = topologyGraph(model);
    const reached = new Set(['guest:web1']);
    for (const node of reached) {
      for (const edge of graph.edges(node)) {
        if (!['attached', 'uplink', 'wire'].includes(graph.getEdgeAttribute(edge, 'kind'))) continue;
        reached.add(graph.opposite(node, edge));
      }
    }
    expect(reached).toContain('guest:db1');
    expect(reached).not.toContain('guest:f1');
  });
});

describe('the Mermaid chart', () => {
  test('puts hosts into boxes', () => {
    const text = graphMermaid(model);
    expect(text).toMatch(/^flowchart TB\n/);
    expect(text).toMatch(/ {2}subgraph n\d+\["gw-x"\]\n(?: {4}.*\n)* {4}n\d+\["web1"\]\n/);
    expect(text.match(/subgraph/g)).toHaveLength(2);
    expect(text.match(/^ {2}end$/gm)).toHaveLength(2);
  });

  test('no byte of a name gets out of its quotes', () => {
    for (const evil of [
      '"]; click n0 "javascript:alert(1)"',
      '<img src=x onerror=alert(1)>',
      'end\nsubgraph',
      '%%{init: {}}%%',
      '#quot;',
      'a\u001b[31m',
      '\ud800',
      '`x`',
      'ü',
    ]) {
      expect(escapeMermaid(evil)).toMatch(/^(?:[A-Za-z0-9 ._/,()-]|#\d+;)*$/);
    }
    expect(escapeMermaid('a"b')).toBe('a#34;b');
  });
});
