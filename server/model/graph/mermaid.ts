/**
 * In: the graph as a document. Out: the same as a Mermaid flowchart, hosts as boxes. Mermaid has no quoting that holds every
 * byte, so whatever is not plainly harmless is written as a character entity, and node ids are numbers of ours.
 */
import type { GraphDocument, GraphEdge, GraphNode, GraphNodeKind } from '../../flow/graph.ts';

/** Edges that say in other terms what the wiring says already: drawn on the map, left out of the chart. */
const LEFT_OUT = new Set<GraphEdge['kind']>(['member', 'publishes']);

const SHAPES: Readonly<Record<GraphNodeKind, readonly [string, string]>> = {
  host: ['[', ']'],
  bridge: ['[[', ']]'],
  port: ['(', ')'],
  network: ['([', '])'],
  guest: ['[', ']'],
  gateway: ['{{', '}}'],
  fabric: ['[/', '/]'],
  internet: ['((', '))'],
};

export function mermaidOf(document: GraphDocument): string {
  const ids = new Map(document.nodes.map((node, index) => [node.id, `n${String(index)}`]));
  const children = new Map<string | undefined, GraphNode[]>();
  for (const node of document.nodes) children.set(node.parent, [...(children.get(node.parent) ?? []), node]);

  const lines = ['flowchart TB'];
  for (const node of children.get(undefined) ?? []) {
    const inside = children.get(node.id) ?? [];
    if (node.kind !== 'host') lines.push(`  ${nodeText(node, ids)}`);
    else {
      lines.push(`  subgraph ${ids.get(node.id) ?? ''}["${escapeMermaid(node.label)}"]`);
      for (const child of inside) lines.push(`    ${nodeText(child, ids)}`);
      lines.push('  end');
    }
  }
  for (const edge of document.edges) {
    if (LEFT_OUT.has(edge.kind)) continue;
    const label = edge.label === undefined ? '' : `|"${escapeMermaid(edge.label)}"|`;
    lines.push(
      `  ${ids.get(edge.source) ?? ''} ${edge.kind === 'tunnel' ? '-.-' : '---'}${label} ${ids.get(edge.target) ?? ''}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function nodeText(node: GraphNode, ids: ReadonlyMap<string, string>): string {
  const [open, close] = SHAPES[node.kind];
  return `${ids.get(node.id) ?? ''}${open}"${escapeMermaid(node.label)}"${close}`;
}

/** Control characters have no entity that a browser would show: they become the replacement character. */
export function escapeMermaid(text: string): string {
  return text.toWellFormed().replace(/[^A-Za-z0-9 ._/,()-]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const shown = code < 0x20 || (code >= 0x7f && code < 0xa0) ? 0xfffd : code;
    return `#${String(shown)};`;
  });
}
