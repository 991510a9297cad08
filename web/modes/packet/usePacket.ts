import { useCallback, useEffect, useState } from 'react';
import type { PacketAnswer } from '../../../server/api/schema/packet.ts';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import type { Stage } from '../mode.ts';
import { askedIn, isComplete, keptOf } from './kept.ts';
import type { Asked } from './kept.ts';

export interface PacketState {
  readonly asked: Asked;
  readonly sent: Asked | null;
  readonly shown: PacketAnswer | null;
  readonly edit: (asked: Asked) => void;
  readonly send: (asked: Asked) => void;
  readonly show: (answer: PacketAnswer | null) => void;
  /** A click on the map: the first one says from where, the second one where to, the next one begins anew. */
  readonly point: (id: string | null) => void;
}

/** What is asked of a packet, and which answer is on the map. What was sent stands in the address, and is asked again from there. */
export function usePacket(graph: GraphDocument, { kept, keep }: Pick<Stage, 'kept' | 'keep'>): PacketState {
  const [asked, setAsked] = useState(() => askedIn(kept));
  const [sent, setSent] = useState<Asked | null>(() => (isComplete(asked) ? asked : null));
  useEffect(() => {
    keep(keptOf(sent));
  }, [keep, sent]);
  const [shown, setShown] = useState<PacketAnswer | null>(null);
  const edit = useCallback((next: Asked) => {
    setAsked(next);
    setSent(null);
    setShown(null);
  }, []);
  const send = useCallback((next: Asked) => {
    setShown(null);
    setSent(next);
  }, []);
  const point = (id: string | null): void => {
    const node = graph.nodes.find((each) => each.id === id);
    if (node === undefined || !['guest', 'gateway', 'network', 'internet'].includes(node.kind)) return;
    const begin = asked.from === '' || asked.to !== '';
    edit(begin ? { ...asked, from: node.label, to: '' } : { ...asked, to: node.label });
  };
  return {
    ...{ asked, sent, shown, edit, send, point },
    show: setShown,
  };
}
