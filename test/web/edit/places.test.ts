import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import { compileText } from '../../../server/model/compile-file.ts';
import { graphDocument } from '../../../server/model/graph.ts';
import { linesOf, nodesAt, offsetOf } from '../../../web/modes/edit/yaml/places.ts';

const shipped = (name: string): string =>
  readFileSync(new URL(`../../../topologies/${name}/${name}.yaml`, import.meta.url), 'utf8');

function graphOf(text: string): GraphDocument {
  const { model } = compileText({ file: '/x/file.yaml', text });
  if (model === null) throw new Error('wrong');
  return graphDocument(model, (file) => file.replace('/x/', ''));
}

test.each(['office', 'app-vlans', 'overlay', 'satellite-hub', 'vgw-cluster', 'tenth-floor'])(
  'in %s every node is found from its place, and its place from it',
  (name) => {
    const text = shipped(name);
    const graph = graphOf(text);
    const placed = graph.nodes.filter(({ place }) => place !== undefined);
    expect(placed.length).toBeGreaterThan(3);
    for (const node of placed) {
      const at = offsetOf(node, 'file.yaml', text);
      expect(at).not.toBeNull();
      expect(nodesAt(graph, 'file.yaml', text, at ?? 0)).toContain(node.id);
    }
    const without = graph.nodes.filter(({ place }) => place === undefined).map(({ kind }) => kind);
    expect(without.filter((kind) => kind !== 'fabric' && kind !== 'internet')).toEqual([]);
  },
);

test('the innermost node around a position is meant', () => {
  const text = shipped('office');
  const graph = graphOf(text);
  const { offset } = linesOf(text);
  const guest = graph.nodes.find(({ kind }) => kind === 'guest');
  const line = guest?.place?.line ?? 0;
  expect(nodesAt(graph, 'file.yaml', text, offset(line, 200))).toEqual([guest?.id]);
  expect(nodesAt(graph, 'file.yaml', text, 0)).toEqual([]);
});

test('what a template makes is found from its template, all of it', () => {
  const text = shipped('satellite-hub');
  const found = nodesAt(graphOf(text), 'file.yaml', text, text.indexOf('"hub-${m}"') + 2);
  expect(found).toEqual(['host:hub-1', 'host:hub-2', 'host:hub-3', 'host:hub-4']);
});

test('a node of another file has no place here; lines beyond the end are the end', () => {
  const text = shipped('office');
  expect(offsetOf(graphOf(text).nodes[0], 'other.yaml', text)).toBeNull();
  expect(linesOf('a\nb').offset(9, 9)).toBe(3);
  expect(linesOf('abc\ndef').offset(1, 99)).toBe(3);
});
