import { useDeferredValue, useMemo, useState } from 'react';
import type { GraphDocument, GraphNode, GraphNodeKind } from '../../server/flow/graph.ts';
import { compareNaturally } from '../map/layout/order.ts';
import { paletteOf } from '../map/palette.ts';
import { Text } from '../ui/Text.tsx';
import { NODE_WORDS } from './words.ts';

interface NodeListProps {
  readonly graph: GraphDocument;
  readonly dark: boolean;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}

/** More would only be scrolled past: the rest is found by typing. */
const MOST_A_KIND = 200;
/** Facts that people look for; others name half of the topology. */
const SEARCHED = ['addresses', 'further addresses', 'MAC', 'subnets', 'device', 'devices', 'carried'];
const KINDS = Object.keys(NODE_WORDS) as GraphNodeKind[];

/** All nodes as a list: the map's equal for keyboards and screen readers. */
export function NodeList({ graph, dark, chosen, onChoose }: NodeListProps) {
  const [search, setSearch] = useState('');
  const wanted = useDeferredValue(search.trim().toLowerCase());
  const found = useMemo(() => groupNodes(graph, wanted), [graph, wanted]);
  const palette = useMemo(
    () =>
      paletteOf(
        graph.nodes.filter((node) => node.kind === 'network').map((node) => node.id),
        dark,
      ),
    [graph, dark],
  );

  // A guest has the colour of its network, as on the map; one with several has none.
  const networkOf = useMemo(() => onlyNetworks(graph), [graph]);

  return (
    <nav className="list" aria-label="Nodes">
      <input
        type="search"
        className="search"
        placeholder="Find name or address"
        aria-label="Find a node"
        value={search}
        onChange={(event) => {
          setSearch(event.target.value);
        }}
      />
      <div className="list-groups">
        {KINDS.map((kind) => {
          const nodes = found.get(kind) ?? [];
          if (nodes.length === 0) return null;
          return (
            <section key={kind}>
              <h2>
                {NODE_WORDS[kind][1]} <span className="count">{nodes.length}</span>
              </h2>
              <ul>
                {nodes.slice(0, MOST_A_KIND).map((node) => {
                  const tone = palette.get(networkOf.get(node.id) ?? node.id);
                  return (
                    <li key={node.id}>
                      <button
                        type="button"
                        className="node"
                        aria-pressed={node.id === chosen}
                        onClick={() => {
                          onChoose(node.id);
                        }}
                      >
                        <span
                          className={`mark mark-${kind}`}
                          style={tone ? { background: tone.line, borderColor: tone.line } : undefined}
                        />
                        <Text>{node.label}</Text>
                        {node.parent === undefined || kind === 'guest' || kind === 'gateway' ? null : (
                          <span className="where">
                            <Text>{labelOf(graph, node.parent)}</Text>
                          </span>
                        )}
                      </button>
                    </li>
                  );
                })}
              </ul>
              {nodes.length > MOST_A_KIND ? (
                <p className="more">and {nodes.length - MOST_A_KIND} more: type to find them</p>
              ) : null}
            </section>
          );
        })}
        {found.size === 0 ? <p className="more">Nothing has that name or address.</p> : null}
      </div>
    </nav>
  );
}

function onlyNetworks(graph: GraphDocument): ReadonlyMap<string, string> {
  const networks = new Map<string, string | undefined>();
  for (const { kind, source, target } of graph.edges) {
    if (kind === 'member') networks.set(source, networks.has(source) ? undefined : target);
  }
  return new Map([...networks].flatMap(([guest, network]) => (network === undefined ? [] : [[guest, network]])));
}

function groupNodes(graph: GraphDocument, wanted: string): ReadonlyMap<GraphNodeKind, readonly GraphNode[]> {
  const matches = ({ label, facts }: GraphNode): boolean => {
    const searched = SEARCHED.flatMap((fact) => facts[fact] ?? []);
    return [label, ...searched].join(' ').toLowerCase().includes(wanted);
  };
  const groups = new Map<GraphNodeKind, GraphNode[]>();
  for (const node of graph.nodes.filter(matches)) groups.set(node.kind, [...(groups.get(node.kind) ?? []), node]);
  for (const nodes of groups.values())
    nodes.sort((a, b) => compareNaturally(a.label, b.label) || compareNaturally(a.id, b.id));
  return groups;
}

function labelOf(graph: GraphDocument, id: string): string {
  return graph.nodes.find((node) => node.id === id)?.label ?? id;
}
