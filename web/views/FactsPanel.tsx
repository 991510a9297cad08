import { useMemo } from 'react';
import type { GraphDocument, GraphFacts, GraphNode } from '../../server/flow/graph.ts';
import type { Live } from '../map/live.ts';
import { STATE_SIGNS, STATE_WORDS } from '../map/live.ts';
import { compareNaturally } from '../map/layout/order.ts';
import { paletteOf } from '../map/palette.ts';
import { Text } from '../ui/Text.tsx';
import { EDGE_WORDS, NODE_WORDS } from './words.ts';

interface FactsPanelProps {
  readonly graph: GraphDocument;
  /** Of a node or an edge. */
  readonly id: string;
  readonly dark: boolean;
  readonly open: ReadonlySet<string>;
  /** How it is now, where that is known. */
  readonly live?: Live | null;
  readonly onChoose: (id: string | null) => void;
  readonly onToggle: (host: string) => void;
}

/** What is known about what was chosen, and what it is connected with. */
export function FactsPanel({ graph, id, dark, open, live = null, onChoose, onToggle }: FactsPanelProps) {
  const nodes = useMemo(() => new Map(graph.nodes.map((node) => [node.id, node])), [graph]);
  const palette = useMemo(
    () =>
      paletteOf(
        graph.nodes.filter((node) => node.kind === 'network').map((node) => node.id),
        dark,
      ),
    [graph, dark],
  );
  const node = nodes.get(id);
  const edge = node ? undefined : graph.edges.find((each) => each.id === id);
  const labelOf = (of: string): string => nodes.get(of)?.label ?? of;
  if (!node && !edge) return null;

  const close = (
    <button
      type="button"
      className="close"
      aria-label="Close"
      title="Close (Esc)"
      onClick={() => {
        onChoose(null);
      }}
    >
      ×
    </button>
  );
  const choice = (target: string) => (
    <button
      type="button"
      className="link"
      onClick={() => {
        onChoose(target);
      }}
    >
      <span
        className="mark"
        style={
          palette.has(target)
            ? { background: palette.get(target)?.line, borderColor: palette.get(target)?.line }
            : undefined
        }
        hidden={!palette.has(target)}
      />
      <Text>{labelOf(target)}</Text>
    </button>
  );

  if (edge) {
    const [there] = EDGE_WORDS[edge.kind];
    return (
      <aside className="panel" aria-label={`${labelOf(edge.source)} ${there} ${labelOf(edge.target)}`}>
        {close}
        <p className="kind">Link</p>
        <h1>
          {choice(edge.source)} <span className="there">{there}</span> {choice(edge.target)}
        </h1>
        <Facts facts={edge.facts} />
      </aside>
    );
  }
  if (!node) return null;
  const links = connections(graph, node);
  const inside = graph.nodes
    .filter((each) => each.parent === id)
    .sort((a, b) => a.kind.localeCompare(b.kind) || compareNaturally(a.label, b.label));
  return (
    <aside className="panel" aria-label={`${NODE_WORDS[node.kind][0]} ${node.label}`}>
      {close}
      <p className="kind">{NODE_WORDS[node.kind][0]}</p>
      <h1>
        <Text>{node.label}</Text>
      </h1>
      {node.parent === undefined ? null : <p className="on">on {choice(node.parent)}</p>}
      {node.kind === 'host' ? (
        <button
          type="button"
          className="plain"
          onClick={() => {
            onToggle(id);
          }}
        >
          {open.has(id) ? 'Collapse on the map' : 'Open on the map'}
        </button>
      ) : null}
      {live === null ? null : <Now live={live} />}
      <Facts facts={node.facts} />
      {links.length === 0 ? null : (
        <section>
          <h2>Connections</h2>
          <ul className="links">
            {links.map(({ word, other, networks }) => (
              <li key={`${word} ${other}`}>
                <span className="word">{word}</span> {choice(other)}
                {networks.length === 0 ? null : (
                  <span className="said">
                    on <Text>{networks.join(', ')}</Text>
                  </span>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      {inside.length === 0 ? null : (
        <section>
          <h2>Inside</h2>
          <ul className="links">
            {inside.map((each) => (
              <li key={each.id}>
                <span className="word">{NODE_WORDS[each.kind][0].toLowerCase()}</span> {choice(each.id)}
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}

interface Connection {
  readonly word: string;
  readonly other: string;
  /** Those that the other end does not name already. */
  readonly networks: readonly string[];
}

/** One line for each thing at the other end, whatever the number of edges. */
function connections(graph: GraphDocument, node: GraphNode): readonly Connection[] {
  const found = new Map<string, Connection>();
  for (const edge of graph.edges) {
    if (edge.source !== node.id && edge.target !== node.id) continue;
    const [there, back] = EDGE_WORDS[edge.kind];
    const [word, other] = edge.source === node.id ? [there, edge.target] : [back, edge.source];
    const isNetwork = [edge.source, edge.target].some((end) => end.startsWith('network:'));
    const networks = found.get(`${word} ${other}`)?.networks ?? [];
    const more = edge.network === undefined || isNetwork ? [] : [edge.network];
    found.set(`${word} ${other}`, { word, other, networks: [...networks, ...more] });
  }
  return [...found.values()].sort((a, b) => a.word.localeCompare(b.word) || compareNaturally(a.other, b.other));
}

function Now({ live: { state, drift, counters } }: { readonly live: Live }) {
  return (
    <section aria-label="Now">
      <p className={`now state-${state}`}>
        <span aria-hidden="true">{STATE_SIGNS[state]}</span> {STATE_WORDS[state]}
        {drift === 0 ? null : `; ${String(drift)} ${drift === 1 ? 'value differs' : 'values differ'}`}
      </p>
      <Facts facts={counters} />
    </section>
  );
}

function Facts({ facts }: { readonly facts: GraphFacts }) {
  const entries = Object.entries(facts);
  if (entries.length === 0) return null;
  return (
    <dl className="facts">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>
            <Text>{name}</Text>
          </dt>
          {(typeof value === 'object' ? value : [String(value)]).map((line, index) => (
            <dd key={index}>
              <Text>{line}</Text>
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
