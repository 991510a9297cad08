import type { ReactNode } from 'react';
import type { GraphDocument, GraphNodeKind } from '../../server/flow/graph.ts';
import { AccountButton } from '../account/AccountButton.tsx';
import { MODES } from '../modes/modes.ts';
import { Text } from '../ui/Text.tsx';
import { NODE_WORDS } from './words.ts';

interface TopBarProps {
  readonly name: string;
  readonly description: string | null;
  readonly graph: GraphDocument | null;
  readonly switcher: ReactNode;
  /** The one that is open. */
  readonly mode: string | null;
  readonly onFit: () => void;
  readonly onMode: (id: string) => void;
}

const COUNTED: readonly GraphNodeKind[] = ['host', 'network', 'guest', 'gateway'];

export function TopBar({ name, description, graph, switcher, mode, onFit, onMode }: TopBarProps) {
  return (
    <header className="bar">
      <span className="product">Trunkline</span>
      {switcher ?? (
        <strong className="topology">
          <Text>{name}</Text>
        </strong>
      )}
      {description === null ? null : (
        <span className="description">
          <Text>{description}</Text>
        </span>
      )}
      <span className="room" />
      {graph ? (
        <span className="counts">
          {COUNTED.map((kind) => {
            const count = graph.nodes.filter((node) => node.kind === kind).length;
            return (
              <span key={kind}>
                <b>{count}</b> {NODE_WORDS[kind][count === 1 ? 0 : 1].toLowerCase()}
              </span>
            );
          })}
        </span>
      ) : null}
      <nav className="modes" aria-label="Modes">
        {MODES.filter(({ withoutGraph }) => withoutGraph || graph).map(({ id, label, hint, key }) => (
          <button
            key={id}
            type="button"
            className="plain"
            title={`${hint} (${key})`}
            aria-pressed={mode === id}
            onClick={() => {
              onMode(id);
            }}
          >
            {label}
          </button>
        ))}
      </nav>
      {graph ? (
        <button type="button" className="plain" title="Show the whole map (f)" onClick={onFit}>
          Fit
        </button>
      ) : null}
      <AccountButton />
    </header>
  );
}
