import type { GraphDocument } from '../../server/flow/graph.ts';

/**
 * Ids of what a packet touches on the map: the nodes of its hops in order, the networks and the lines between one and the next,
 * and the hosts that collapsed nodes lie in.
 */
export function wayOnMap(graph: GraphDocument, hops: readonly { readonly on: string }[]): ReadonlySet<string> {
  const stops = hops.map(({ on }) => on).filter((on, index, all) => on !== all[index - 1]);
  const way = new Set(stops);
  for (const network of networksBetween(graph, stops).flat()) way.add(network);
  for (const { id, source, target, network } of graph.edges) {
    if (way.has(source) && way.has(target) && (network === undefined || way.has(`network:${network}`))) way.add(id);
  }
  for (const { id, parent } of graph.nodes) if (parent !== undefined && way.has(id)) way.add(parent);
  return way;
}

/**
 * From each stop to the next, the networks that both hang on. Two bridges may share many: a frame leaves a bridge in the network
 * that it came in by, so what lies before and behind says which one it is.
 */
function networksBetween(graph: GraphDocument, stops: readonly string[]): readonly (readonly string[])[] {
  const all = stops.map((stop) => networksOf(graph, stop));
  const legs = all.slice(1).map((later, index) => [...later].filter((network) => all[index]?.has(network) === true));
  const bridges = new Set(graph.nodes.filter(({ kind }) => kind === 'bridge').map(({ id }) => id));
  const narrow = (leg: number, by: number, at: number): void => {
    const same = (legs[leg] ?? []).filter((network) => legs[by]?.includes(network) === true);
    if (same.length > 0 && bridges.has(stops[at] ?? '')) legs[leg] = same;
  };
  for (let leg = 1; leg < legs.length; leg += 1) narrow(leg, leg - 1, leg);
  for (let leg = legs.length - 2; leg >= 0; leg -= 1) narrow(leg, leg + 1, leg + 1);
  return legs;
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
