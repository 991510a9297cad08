/** What a row of the audit is about, as nodes of the graph. Pure. */
import type { Finding, LedgerRow, Locus } from '../../../server/api/schema/audit.ts';
import type { GraphDocument } from '../../../server/flow/graph.ts';

export interface Subjects {
  /** In the order of the way of a packet: where it comes from, what translates, where it ends. */
  readonly ofMapping: (row: LedgerRow) => readonly string[];
  readonly ofFinding: (finding: Finding) => readonly string[];
  /** Whether one of the nodes is, lies on, or belongs to what was chosen. */
  readonly concern: (nodes: readonly string[], chosen: string) => boolean;
  /** As people call it. */
  readonly nameOf: (id: string) => string;
}

const NAMED = ['guest', 'gateway', 'host', 'network', 'internet'];

export function subjectsIn(graph: GraphDocument): Subjects {
  const byName = new Map<string, readonly string[]>();
  const name = (text: string, id: string): void => {
    byName.set(text, [...(byName.get(text) ?? []), id]);
  };
  for (const { id, kind, label, facts } of graph.nodes) {
    if (NAMED.includes(kind)) name(label, id);
    if (kind === 'guest' || kind === 'gateway' || kind === 'host')
      for (const address of [facts['addresses'] ?? []].flat()) name(String(address).replace(/\/.*$/, ''), id);
  }
  const near = nearBy(graph);
  const labels = new Map(graph.nodes.map(({ id, label }) => [id, label]));
  const known = (texts: readonly (string | null)[]): readonly string[] => [
    ...new Set(texts.flatMap((text) => wordsOf(text).flatMap((word) => byName.get(word) ?? []))),
  ];
  const standing = (at: readonly Locus[]): readonly (string | null)[] => at.map(({ stack }) => stack);
  return {
    ofMapping: ({ gateway, target, through, allowed }) => {
      const outside = allowed === null || allowed.includes('internet') ? ['internet'] : [];
      return known([...outside, gateway, target.node, ...standing(through)]);
    },
    ofFinding: ({ at, witness, about }) =>
      known([witness?.from ?? null, ...standing(at), witness?.ends ?? null, about]),
    concern: (nodes, chosen) => nodes.some((id) => id === chosen || near.get(id)?.has(chosen) === true),
    nameOf: (id) => labels.get(id) ?? id,
  };
}

/** `vgw-1@gw-x`, `gw-x/vgw-1`, `db1 10.1.1.5:5432` in their parts. */
function wordsOf(text: string | null): readonly string[] {
  if (text === null) return [];
  const words = text.split(/[\s,]+/).map((word) => word.replace(/^\[?(.*?)\]?(:[\d-]+)?(\/\w+)?$/, '$1'));
  return words.flatMap((word) => [word, ...(/[@/]/.test(word) ? word.split(/[@/]/) : [])]);
}

/** A guest or gateway lies on its host, a guest on its networks: whoever chooses those means it as well. */
function nearBy({ nodes, edges }: GraphDocument): ReadonlyMap<string, ReadonlySet<string>> {
  const near = new Map<string, Set<string>>();
  const add = (id: string, other: string): void => {
    near.set(id, (near.get(id) ?? new Set()).add(other));
  };
  for (const { id, parent } of nodes) if (parent !== undefined) add(id, parent);
  for (const { kind, source, target } of edges)
    if (kind === 'member' && source.startsWith('guest:')) add(source, target);
  for (const { id, source, target } of edges) {
    // A line of the map stands for both of its ends.
    add(source, id);
    add(target, id);
  }
  return near;
}
