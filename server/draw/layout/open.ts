import type { GraphDocument } from '../../flow/graph.ts';

/** Above this many nodes hosts start as cards: a person can't read more at once, and drawing them all makes panning slow. */
export const MOST_OPEN = 300;

export function hostsOpenAtFirst(graph: GraphDocument): ReadonlySet<string> {
  if (graph.nodes.length > MOST_OPEN) return new Set();
  return new Set(graph.nodes.filter((node) => node.kind === 'host').map((node) => node.id));
}
