/** `trunkline graph -f dot`, read back by a parser of the DOT language. */
import { parse } from '@ts-graphviz/ast';
import type { ClusterStatementASTNode } from '@ts-graphviz/ast';
import { describe, expect, test } from 'vitest';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import { graphDocument } from '../../../server/model/graph.ts';
import { dotOf } from '../../../server/model/graph/dot.ts';
import { EXAMPLE } from '../support/example.ts';
import { modelOf } from '../support/compile-text.ts';

interface Read {
  readonly title: string | undefined;
  readonly nodes: readonly string[];
  readonly labels: ReadonlyMap<string, string>;
  readonly edges: readonly string[];
  readonly clusters: ReadonlyMap<string, readonly string[]>;
}

/** What a parser sees in the text. Its strings keep their escapes. */
function readDot(text: string): Read {
  const graph = parse(text).children.find((child) => child.type === 'Graph');
  if (graph === undefined) throw new Error('no graph');
  expect(graph.directed).toBe(false);
  const labels = new Map<string, string>();
  const edges: string[] = [];
  const clusters = new Map<string, string[]>();
  let title: string | undefined;
  const walk = (statements: readonly ClusterStatementASTNode[], cluster: string | null): void => {
    for (const statement of statements) {
      if (statement.type === 'Subgraph') {
        const id = statement.id?.value ?? '';
        clusters.set(id, []);
        walk(statement.children, id);
      } else if (statement.type === 'Edge') {
        edges.push(statement.targets.map((target) => ('id' in target ? target.id.value : '?')).join(' -- '));
      } else if (statement.type === 'Node') {
        const label = statement.children.find((each) => each.type === 'Attribute' && each.key.value === 'label');
        labels.set(statement.id.value, label?.type === 'Attribute' ? label.value.value : '');
        if (cluster !== null) clusters.get(cluster)?.push(statement.id.value);
      } else if (statement.type === 'AttributeList' && statement.kind === 'Graph' && cluster === null) {
        const label = statement.children.find((each) => each.type === 'Attribute' && each.key.value === 'label');
        title = label?.type === 'Attribute' ? label.value.value : undefined;
      }
    }
  };
  walk(graph.children, null);
  return { title, nodes: [...labels.keys()], labels, edges, clusters };
}

const document = graphDocument(modelOf(EXAMPLE));

describe('the DOT text', () => {
  const read = readDot(dotOf(document));

  test('has every node, those of a host in its cluster', () => {
    expect([...read.nodes].sort()).toEqual(document.nodes.map(({ id }) => id).sort());
    expect([...read.clusters.keys()]).toEqual(['cluster_host:gw-x', 'cluster_host:gw-y']);
    expect(read.clusters.get('cluster_host:gw-x')).toEqual(
      expect.arrayContaining(['host:gw-x', 'guest:web1', 'bridge:gw-x/br0', 'port:gw-x/eno1', 'gateway:vgw-1']),
    );
    expect(read.labels.get('guest:web1')).toBe('web1');
  });

  test('has every edge but those of layer 3, and what gateways publish', () => {
    const drawn = document.edges.filter(({ kind }) => !['member', 'publishes'].includes(kind));
    expect(drawn.length).toBeLessThan(document.edges.length);
    expect(read.edges).toEqual(drawn.map(({ source, target }) => `${source} -- ${target}`));
  });

  test('ends edges of a host at the border of its cluster', () => {
    expect(dotOf(document)).toContain('"host:gw-x" -- "network:mgmt" [label="mgmt", ltail="cluster_host:gw-x"]\n');
  });

  test('is the same every time', () => {
    expect(dotOf(graphDocument(modelOf(EXAMPLE)))).toBe(dotOf(document));
  });
});

describe('hostile text', () => {
  const HOSTILE = [
    '"]; evil [label="',
    'a\\',
    '\\"',
    '\\N \\l \\G',
    '&lt;b&gt; <b>x</b>',
    '</title><script>alert(1)</script>',
    '} graph {',
    '/* c */ // # x',
    'a\nb\r\u0000\u001b[31m\u202e',
    '\ud800',
    'ü 日本',
  ];

  test.each(HOSTILE)('%j stays in its quotes', (evil) => {
    const hostile: GraphDocument = {
      topology: 't',
      description: evil,
      nodes: [
        { id: 'host:h', kind: 'host', label: evil, facts: {} },
        { id: 'guest:g', kind: 'guest', label: evil, parent: 'host:h', facts: {} },
        { id: 'network:n', kind: 'network', label: evil, facts: {} },
      ],
      edges: [{ id: 'e', kind: 'attached', source: 'guest:g', target: 'network:n', label: evil, facts: {} }],
    };
    const text = dotOf(hostile);
    expect(text).toMatch(/^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\ud800-\udfff]*$/);
    const read = readDot(text);
    expect(read.nodes).toEqual(['host:h', 'guest:g', 'network:n']);
    expect(read.edges).toEqual(['guest:g -- network:n']);
    expect(read.title).toMatch(/^t: /);
  });
});
