import type { ReactNode } from 'react';
import type { GraphDocument, GraphNodeKind } from '../../server/flow/graph.ts';
import { Text } from '../ui/Text.tsx';
import { NODE_WORDS } from './words.ts';

interface TopBarProps {
  readonly name: string;
  readonly description: string | null;
  readonly graph: GraphDocument | null;
  readonly switcher: ReactNode;
  readonly onFit: () => void;
  readonly onPacket: () => void;
}

const COUNTED: readonly GraphNodeKind[] = ['host', 'network', 'guest', 'gateway'];

export function TopBar({ name, description, graph, switcher, onFit, onPacket }: TopBarProps) {
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
        <>
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
          <button type="button" className="plain" title="Follow a packet (p)" onClick={onPacket}>
            Packet
          </button>
          <button type="button" className="plain" title="Show the whole map (f)" onClick={onFit}>
            Fit
          </button>
        </>
      ) : null}
    </header>
  );
}
