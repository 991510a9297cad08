import type { GraphDocument } from '../../server/flow/graph.ts';

/** Ids of what stays bright when something is chosen: itself, its edges, what is at their other ends, and what lies in it. */
export function relatedTo(graph: GraphDocument, chosen: string): ReadonlySet<string> {
  const related = new Set([chosen]);
  const inside = new Set(graph.nodes.filter((node) => node.parent === chosen).map((node) => node.id));
  for (const id of inside) related.add(id);
  const edge = graph.edges.find((each) => each.id === chosen);
  if (edge) {
    related.add(edge.source);
    related.add(edge.target);
  }
  const network = graph.nodes.find((node) => node.id === chosen && node.kind === 'network')?.label;
  for (const { id, source, target, network: about } of graph.edges) {
    const touches = [source, target].some((end) => end === chosen || inside.has(end));
    if (!touches && (about === undefined || about !== network)) continue;
    related.add(id);
    related.add(source);
    related.add(target);
  }
  // A collapsed host stands for what is in it.
  for (const { id, parent } of graph.nodes) if (parent !== undefined && related.has(id)) related.add(parent);
  return related;
}
