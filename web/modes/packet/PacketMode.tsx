import { useEffect, useMemo } from 'react';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import { wayOnMap } from '../../map/way.ts';
import type { Stage } from '../mode.ts';
import { PacketPanel } from './PacketPanel.tsx';
import { usePacket } from './usePacket.ts';

export function PacketMode({ stage }: { readonly stage: Stage }) {
  return stage.graph === null ? null : <Follow stage={stage} graph={stage.graph} />;
}

function Follow({ stage, graph }: { readonly stage: Stage; readonly graph: GraphDocument }) {
  const packet = usePacket(graph, stage);
  const { shown, point } = packet;
  const { show, onPoint } = stage;
  const way = useMemo(() => (shown === null ? null : wayOnMap(graph, shown.hops)), [graph, shown]);
  useEffect(() => {
    show(way === null ? null : { lit: way, marks: new Map() });
  }, [show, way]);
  useEffect(() => {
    onPoint(point);
  });
  useEffect(
    () => () => {
      onPoint(null);
      show(null);
    },
    [onPoint, show],
  );
  return (
    <PacketPanel
      topology={stage.name}
      graph={graph}
      asked={packet.asked}
      sent={packet.sent}
      shown={shown?.family ?? null}
      onEdit={packet.edit}
      onSend={packet.send}
      onShow={packet.show}
      onClose={stage.close}
    />
  );
}
