import type { GraphDocument } from '../../server/flow/graph.ts';
import type { Focus } from './settings.ts';

/** The part of a graph that is drawn: what lies near a node, without what somebody hid. The graph itself where neither is asked. */
export function shownGraph(graph: GraphDocument, focus: Focus | null, hidden: readonly string[]): GraphDocument {
  const known = new Set(graph.nodes.map(({ id }) => id));
  const near = focus !== null && known.has(focus.id) ? nodesNear(graph, focus) : null;
  const away = new Set(hidden.filter((id) => known.has(id)));
  if (near === null && away.size === 0) return graph;
  const isAway = (id: string, parent: string | undefined): boolean =>
    away.has(id) || (parent !== undefined && away.has(parent));
  const nodes = graph.nodes.filter(({ id, parent }) => near?.has(id) !== false && !isAway(id, parent));
  const left = new Set(nodes.map(({ id }) => id));
  return { ...graph, nodes, edges: graph.edges.filter(({ source, target }) => left.has(source) && left.has(target)) };
}

/**
 * What can be reached in so many steps over edges, the hosts that it lies in, and, from a host, what lies in it. A step to a
 * network and one from it are two: with one, a guest is shown with its networks, with two also with its neighbours.
 */
export function nodesNear(graph: GraphDocument, { id, hops }: Focus): ReadonlySet<string> {
  const next = new Map<string, string[]>();
  const link = (from: string, to: string): void => {
    const known = next.get(from);
    if (known) known.push(to);
    else next.set(from, [to]);
  };
  for (const { source, target } of graph.edges) {
    link(source, target);
    link(target, source);
  }
  const inside = graph.nodes.filter(({ parent }) => parent === id).map((node) => node.id);
  const near = new Set([id, ...inside]);
  let edge = [...near];
  for (let hop = 0; hop < hops; hop += 1) {
    const found = edge.flatMap((each) => next.get(each) ?? []).filter((each) => !near.has(each));
    edge = [...new Set(found)];
    for (const each of edge) near.add(each);
  }
  for (const node of graph.nodes) if (node.parent !== undefined && near.has(node.id)) near.add(node.parent);
  return near;
}
