import { useEffect, useRef, useState } from 'react';
import type { LiveHost, LiveNode } from '../../server/api/schema/status.ts';
import type { GraphDocument } from '../../server/flow/graph.ts';
import type { Line } from '../client/events.ts';
import { listen } from '../client/events.ts';
import type { Live, LiveStates } from '../map/live.ts';
import { NO_STATES, withHosts } from '../map/live.ts';

export interface LiveState {
  readonly states: LiveStates;
  /** `null`: nobody asked. */
  readonly line: Line | null;
}

/** How things are on the hosts, while somebody wants to know: they are read again and again, and only changes are told. */
export function useLive(topology: string, graph: GraphDocument | null, wanted: boolean): LiveState {
  const [states, setStates] = useState<LiveStates>(NO_STATES);
  const [line, setLine] = useState<Line | null>(null);
  const nodes = useRef(graph?.nodes ?? []);
  nodes.current = graph?.nodes ?? [];

  useEffect(() => {
    if (!wanted) return undefined;
    const known = new Map<string, Live>();
    const counted = new Map<string, LiveHost>();
    let asked = 0;
    // Several messages of one moment are drawn once.
    const draw = (): void => {
      asked = 0;
      setStates(withHosts(new Map(known), nodes.current));
    };
    setLine('opening');
    const stop = listen(
      {
        onLine: setLine,
        onEvent: (event) => {
          if (event.type === 'reset') known.clear();
          if (event.type !== 'state' || event.name !== topology || event.lab) return;
          for (const host of event.live) counted.set(host.host, host);
          for (const node of event.nodes) {
            known.set(node.id, { state: node.state, drift: node.drift, counters: countersOf(node, counted) });
          }
          if (asked === 0) asked = requestAnimationFrame(draw);
        },
      },
      topology,
    );
    return () => {
      cancelAnimationFrame(asked);
      stop();
      setStates(NO_STATES);
      setLine(null);
    };
  }, [topology, wanted]);
  return { states, line };
}

/** What was counted on the links of a node, all together, in words. */
function countersOf({ links }: LiveNode, hosts: ReadonlyMap<string, LiveHost>): Readonly<Record<string, string>> {
  const own = links.flatMap(({ host, scope, name }) => {
    const link = hosts.get(host)?.links.find((each) => each.scope === scope && each.name === name);
    return link?.counters ?? [];
  });
  if (own.length === 0) return {};
  const sum = (key: keyof (typeof own)[number]): number => own.reduce((total, counters) => total + counters[key], 0);
  const errors = sum('rxErrors') + sum('txErrors');
  const dropped = sum('rxDropped') + sum('txDropped');
  return {
    received: `${bytesText(sum('rxBytes'))}, ${String(sum('rxPackets'))} packets`,
    sent: `${bytesText(sum('txBytes'))}, ${String(sum('txPackets'))} packets`,
    ...(errors + dropped === 0
      ? {}
      : { 'not received or sent': `${String(errors)} errors, ${String(dropped)} dropped` }),
  };
}

function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** step;
  return `${value < 10 && step > 0 ? value.toFixed(1) : value.toFixed(0)} ${units[step] ?? ''}`;
}
