import { useMemo } from 'react';
import type { GraphDocument, GraphNode, GraphNodeKind } from '../../server/flow/graph.ts';
import type { Search } from '../map/find.ts';
import type { LiveState, LiveStates } from '../map/live.ts';
import { STATE_SIGNS, STATE_WORDS } from '../map/live.ts';
import { compareNaturally } from '../map/layout/order.ts';
import { paletteOf } from '../map/palette.ts';
import { Text } from '../ui/Text.tsx';
import { NODE_WORDS } from './words.ts';

interface NodeListProps {
  readonly graph: GraphDocument;
  readonly dark: boolean;
  readonly chosen: string | null;
  readonly live: LiveStates;
  /** As it stands in the field. */
  readonly find: string;
  readonly search: Search;
  readonly onFind: (find: string) => void;
  readonly onChoose: (id: string) => void;
}

/** More would only be scrolled past: the rest is found by typing. */
const MOST_A_KIND = 200;
const KINDS = Object.keys(NODE_WORDS) as GraphNodeKind[];

/** All nodes as a list: the map's equal for keyboards and screen readers. */
export function NodeList({ graph, dark, chosen, live, find, search, onFind, onChoose }: NodeListProps) {
  const { found, problems } = search;
  const groups = useMemo(() => groupNodes(graph, found), [graph, found]);
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
        placeholder="Find, e.g. vlan:20"
        title="Names, addresses, and words like kind:guest host:gw-x vlan:20 state:down -disk (? tells them all)"
        aria-label="Find a node"
        value={find}
        onChange={(event) => {
          onFind(event.target.value);
        }}
      />
      {problems.map((problem) => (
        <p key={problem} className="more problem" role="alert">
          <Text>{problem}</Text>
        </p>
      ))}
      {found === null ? null : (
        <p className="more" role="status">
          {found.size} {found.size === 1 ? 'thing' : 'things'} found
        </p>
      )}
      <div className="list-groups">
        {KINDS.map((kind) => {
          const nodes = groups.get(kind) ?? [];
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
                        <StateSign state={live.get(node.id)?.state} />
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
        {groups.size === 0 ? <p className="more">Nothing is like that.</p> : null}
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

/** What is up needs no sign in a list. */
function StateSign({ state }: { readonly state: LiveState | undefined }) {
  if (state === undefined || state === 'up') return null;
  return (
    <span className={`state state-${state}`} title={STATE_WORDS[state]}>
      {STATE_SIGNS[state]}
    </span>
  );
}

function groupNodes(
  graph: GraphDocument,
  found: ReadonlySet<string> | null,
): ReadonlyMap<GraphNodeKind, readonly GraphNode[]> {
  const groups = new Map<GraphNodeKind, GraphNode[]>();
  for (const node of graph.nodes) {
    if (found?.has(node.id) === false) continue;
    const known = groups.get(node.kind);
    if (known) known.push(node);
    else groups.set(node.kind, [node]);
  }
  for (const nodes of groups.values())
    nodes.sort((a, b) => compareNaturally(a.label, b.label) || compareNaturally(a.id, b.id));
  return groups;
}

function labelOf(graph: GraphDocument, id: string): string {
  return graph.nodes.find((node) => node.id === id)?.label ?? id;
}
