import type { GraphDocument } from '../../server/flow/graph.ts';

/**
 * Ids of what a packet touches on the map: the nodes of its hops in order, the networks and the lines between one and the next,
 * and the hosts that collapsed nodes lie in.
 */
export function wayOnMap(graph: GraphDocument, hops: readonly { readonly on: string }[]): ReadonlySet<string> {
  const stops = hops.map(({ on }) => on).filter((on, index, all) => on !== all[index - 1]);
  const way = new Set(stops);
  for (const [index, stop] of stops.entries()) {
    const next = stops[index + 1];
    if (next !== undefined) for (const network of between(graph, stop, next)) way.add(network);
  }
  for (const { id, source, target, network } of graph.edges) {
    if (way.has(source) && way.has(target) && (network === undefined || way.has(`network:${network}`))) way.add(id);
  }
  for (const { id, parent } of graph.nodes) if (parent !== undefined && way.has(id)) way.add(parent);
  return way;
}

/** Networks that both hang on. */
function between(graph: GraphDocument, one: string, other: string): readonly string[] {
  const [ones, others] = [networksOf(graph, one), networksOf(graph, other)];
  return [...ones].filter((network) => others.has(network));
}

function networksOf({ edges }: GraphDocument, id: string): ReadonlySet<string> {
  const touching = edges.filter(({ source, target }) => source === id || target === id);
  return new Set(
    touching.flatMap(({ source, target, network }) => [
      ...[source, target].filter((end) => end.startsWith('network:')),
      ...(network === undefined ? [] : [`network:${network}`]),
    ]),
  );
}
