import type { GraphDocument, GraphNodeKind } from '../../server/flow/graph.ts';

const ENTRIES: readonly { readonly kind: GraphNodeKind; readonly says: string }[] = [
  { kind: 'network', says: 'Network: its line runs through every host that it is on' },
  { kind: 'bridge', says: 'Bridge: joins ports and networks on a host' },
  { kind: 'port', says: 'Port: a network card lent to a bridge' },
  { kind: 'gateway', says: 'Gateway: joins networks, with NAT and firewall' },
  { kind: 'guest', says: 'Guest, in the colour of its network' },
  { kind: 'fabric', says: 'Fabric: the wire that ports of hosts meet in' },
];

/** What the shapes of the map mean; only those that are on it. */
export function Legend({ graph }: { readonly graph: GraphDocument }) {
  const kinds = new Set(graph.nodes.map((node) => node.kind));
  return (
    <details className="legend">
      <summary>Legend</summary>
      <ul>
        {ENTRIES.filter(({ kind }) => kinds.has(kind)).map(({ kind, says }) => (
          <li key={kind}>
            <span className={`mark mark-${kind}`} />
            {says}
          </li>
        ))}
        {graph.edges.some((edge) => edge.kind === 'nic') ? (
          <li>
            <span className="mark mark-nic" />
            Address of the host itself
          </li>
        ) : null}
        <li className="keys">
          <kbd>f</kbd> whole map · <kbd>p</kbd> follow a packet · <kbd>Esc</kbd> close the panel · double click a host
          to open or collapse it
        </li>
      </ul>
    </details>
  );
}
