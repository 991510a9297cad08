import type { GraphDocument, GraphNodeKind } from '../../server/flow/graph.ts';
import type { LayerId } from '../map/layers.ts';
import type { LiveState, LiveStates } from '../map/live.ts';
import { STATE_SIGNS, STATE_WORDS } from '../map/live.ts';
import { MARK_SIGNS, MARK_WORDS } from '../map/marks.ts';
import type { Mark } from '../map/overlay.ts';
import { MARKS } from '../map/overlay.ts';
import type { SignTone } from '../map/tones.ts';
import { markTones, stateTones } from '../map/tones.ts';

const ENTRIES: readonly { readonly kind: GraphNodeKind; readonly says: string }[] = [
  { kind: 'network', says: 'Network: its line runs through every host that it is on' },
  { kind: 'bridge', says: 'Bridge: joins ports and networks on a host' },
  { kind: 'port', says: 'Port: a network card lent to a bridge' },
  { kind: 'gateway', says: 'Gateway: joins networks, with NAT and firewall' },
  { kind: 'guest', says: 'Guest, in the colour of its network' },
  { kind: 'fabric', says: 'Fabric: the wire that ports of hosts meet in' },
];

const STATES: readonly LiveState[] = ['up', 'partly', 'down', 'unknown'];

interface LegendProps {
  readonly graph: GraphDocument;
  readonly dark: boolean;
  readonly layer: LayerId;
  /** What a mode has marked. */
  readonly marks: ReadonlyMap<string, Mark> | null;
  readonly live: LiveStates;
}

/** What the shapes and signs of the map mean; only those that are on it. Signs are told at once, shapes when asked for. */
export function Legend({ graph, dark, layer, marks, live }: LegendProps) {
  const kinds = new Set(graph.nodes.map((node) => node.kind));
  const shown = new Set(marks?.values());
  const states = new Set([...live.values()].map(({ state }) => state));
  return (
    <div className="legend">
      {shown.size === 0 && states.size === 0 ? null : (
        <ul aria-label="Signs on the map">
          {MARKS.filter((mark) => shown.has(mark)).map((mark) => (
            <li key={mark}>
              <Sign sign={MARK_SIGNS[mark]} tone={markTones(dark)[mark]} />
              {MARK_WORDS[mark]}
            </li>
          ))}
          {STATES.filter((state) => states.has(state)).map((state) => (
            <li key={state}>
              <Sign sign={STATE_SIGNS[state]} tone={stateTones(dark)[state]} />
              {STATE_WORDS[state]}
            </li>
          ))}
          {[...live.values()].some(({ drift }) => drift > 0) ? (
            <li>
              <Sign sign="≠1" tone={markTones(dark).drifted} />
              So many values differ from what was applied
            </li>
          ) : null}
        </ul>
      )}
      <details>
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
          {layer === 'nat' && graph.edges.some((edge) => edge.kind === 'publishes') ? (
            <li>
              <span className="mark mark-mapping" />
              Dashed arrow: what a gateway publishes of a guest
            </li>
          ) : null}
          <li className="keys">
            <kbd>?</kbd> tells all keys
          </li>
        </ul>
      </details>
    </div>
  );
}

function Sign({ sign, tone: { line, on } }: { readonly sign: string; readonly tone: SignTone }) {
  return (
    <span className="sign" style={{ background: line, color: on }}>
      {sign}
    </span>
  );
}
