/** Which node of the map stands where in the text, and the other way round. */
import type { GraphDocument, GraphNode } from '../../../../server/flow/graph.ts';
import { scan } from './scan.ts';

/** Where things begin in a text of several lines. */
export interface Lines {
  /** Offset of a line and a column, both counted from 1; within the text in any case. */
  readonly offset: (line: number, column: number) => number;
}

export function linesOf(text: string): Lines {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return {
    offset(line, column) {
      const index = Math.min(Math.max(line, 1), starts.length) - 1;
      const start = starts[index] ?? 0;
      const next = starts[index + 1];
      const end = next === undefined ? text.length : next - 1;
      return Math.min(start + Math.max(column - 1, 0), end);
    },
  };
}

/** Offset of what a node is written as in this file; `null` where it is written elsewhere or nowhere. */
export function offsetOf(node: GraphNode | undefined, file: string, text: string): number | null {
  if (node?.place === undefined || node.place.file !== file) return null;
  return linesOf(text).offset(node.place.line, node.place.column);
}

/** The nodes that are written at a position: of the innermost entry around it that is one. Several where a template makes them. */
export function nodesAt(graph: GraphDocument, file: string, text: string, position: number): readonly string[] {
  const { offset } = linesOf(text);
  const byOffset = new Map<number, string[]>();
  for (const { id, place } of graph.nodes) {
    if (place?.file !== file) continue;
    const at = offset(place.line, place.column);
    byOffset.set(at, [...(byOffset.get(at) ?? []), id]);
  }
  const { entries } = scan(text);
  const here = entries.findLast(({ from }) => from <= position);
  // What is around an entry is the last one before it of each shorter path.
  for (let path = here?.path ?? []; path.length > 0; path = path.slice(0, -1)) {
    const around = entries.findLast(
      (each) =>
        each.from <= position && each.path.length === path.length && each.path.every((step, at) => step === path[at]),
    );
    const found = around && byOffset.get(around.from);
    if (found !== undefined) return found;
  }
  return [];
}
