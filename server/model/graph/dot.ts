/**
 * In: the graph as a document. Out: the same in the DOT language of Graphviz (https://graphviz.org/doc/info/lang.html), hosts as
 * clusters: `trunkline graph -f dot FILE | dot -Tsvg`. Sorted as the document is, so that one topology always gives the same
 * bytes.
 */
import { visibleText } from '../../core/visible-text.ts';
import type { GraphDocument, GraphEdge, GraphEdgeKind, GraphNode, GraphNodeKind } from '../../flow/graph.ts';

/** Edges that say in other terms what the wiring says already: drawn on the map, left out of the chart. */
const LEFT_OUT = new Set<GraphEdgeKind>(['member', 'publishes']);

type Attributes = Readonly<Record<string, string>>;

const SHAPES: Readonly<Record<GraphNodeKind, Attributes>> = {
  host: { shape: 'box', style: 'rounded' },
  bridge: { shape: 'box', peripheries: '2' },
  port: { shape: 'box', style: 'rounded' },
  network: { shape: 'ellipse' },
  guest: { shape: 'box' },
  gateway: { shape: 'hexagon' },
  fabric: { shape: 'parallelogram' },
  internet: { shape: 'doublecircle' },
};

const DASHED = new Set<GraphEdgeKind>(['tunnel', 'underlay']);

interface Drawing {
  readonly children: ReadonlyMap<string | undefined, readonly GraphNode[]>;
  readonly lines: string[];
}

export function dotOf(document: GraphDocument): string {
  const children = childrenOf(document.nodes);
  const lines = [
    `graph ${quote(document.topology)} {`,
    // Without `compound`, an edge could not end at the border of a cluster.
    `  graph ${attributes({ compound: 'true', fontname: 'sans-serif', ...titleOf(document) })}`,
    '  node [fontname="sans-serif"]',
    '  edge [fontname="sans-serif", fontsize="10"]',
  ];
  const drawing: Drawing = { children, lines };
  for (const node of children.get(undefined) ?? []) drawNode(node, '  ', drawing);
  for (const edge of document.edges) if (!LEFT_OUT.has(edge.kind)) lines.push(`  ${edgeText(edge, children)}`);
  return `${lines.join('\n')}\n}\n`;
}

function childrenOf(nodes: readonly GraphNode[]): ReadonlyMap<string | undefined, readonly GraphNode[]> {
  const children = new Map<string | undefined, GraphNode[]>();
  for (const node of nodes) {
    const siblings = children.get(node.parent);
    if (siblings === undefined) children.set(node.parent, [node]);
    else siblings.push(node);
  }
  return children;
}

function titleOf({ topology, description }: GraphDocument): Attributes {
  return { label: description === null ? topology : `${topology}: ${description}`, labelloc: 't' };
}

function drawNode(node: GraphNode, indent: string, drawing: Drawing): void {
  const { children, lines } = drawing;
  const inside = children.get(node.id);
  if (inside === undefined) {
    lines.push(`${indent}${quote(node.id)} ${attributes({ label: node.label, ...SHAPES[node.kind] })}`);
    return;
  }
  lines.push(
    `${indent}subgraph ${quote(clusterOf(node.id))} {`,
    `${indent}  graph ${attributes({ label: node.label })}`,
  );
  // An edge ends at a node, never at a cluster: this one stands for it, unseen.
  lines.push(`${indent}  ${quote(node.id)} ${attributes({ shape: 'point', style: 'invis' })}`);
  for (const child of inside) drawNode(child, `${indent}  `, drawing);
  lines.push(`${indent}}`);
}

function edgeText(edge: GraphEdge, children: Drawing['children']): string {
  const label = edge.label === undefined ? {} : { label: edge.label };
  const style = DASHED.has(edge.kind) ? { style: 'dashed' } : {};
  const tail = children.has(edge.source) ? { ltail: clusterOf(edge.source) } : {};
  const head = children.has(edge.target) ? { lhead: clusterOf(edge.target) } : {};
  const all = { ...label, ...style, ...tail, ...head };
  const list = Object.keys(all).length === 0 ? '' : ` ${attributes(all)}`;
  return `${quote(edge.source)} -- ${quote(edge.target)}${list}`;
}

/** Graphviz draws a box around a subgraph whose name begins so. */
function clusterOf(id: string): string {
  return `cluster_${id}`;
}

function attributes(values: Attributes): string {
  const list = Object.entries(values).map(([name, value]) => {
    return `${name}=${name.endsWith('label') ? quoteLabel(value) : quote(value)}`;
  });
  return `[${list.join(', ')}]`;
}

/** A quoted string: `"` is the only character that needs an escape, and a backslash before it would take that away. */
function quote(text: string): string {
  return `"${visibleText(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** In labels `\N`, `\l` and `&amp;` mean something to Graphviz; `&` is written out, so that none is made by accident. */
function quoteLabel(text: string): string {
  return quote(text.replaceAll('&', '&amp;'));
}
