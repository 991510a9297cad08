import type { ReactNode } from 'react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { TopologyEntry } from '../../server/api/schema/topologies.ts';
import type { GraphDocument } from '../../server/flow/graph.ts';
import { call, RequestFailed } from '../client/client.ts';
import { useAnswer } from '../client/useAnswer.ts';
import { Map } from '../map/Map.tsx';
import { hostsOpenAtFirst } from '../map/layout/open.ts';
import { wayOnMap } from '../map/way.ts';
import { useKeys } from '../ui/useKeys.ts';
import { usePrefersDark } from '../ui/usePrefersDark.ts';
import { DiagnosticList } from '../views/DiagnosticList.tsx';
import { FactsPanel } from '../views/FactsPanel.tsx';
import { Legend } from '../views/Legend.tsx';
import { NodeList } from '../views/NodeList.tsx';
import { FailedRequest, SessionOver, Waiting } from '../views/Notices.tsx';
import { PacketPanel } from '../views/PacketPanel.tsx';
import { TopBar } from '../views/TopBar.tsx';
import { usePacket } from './usePacket.ts';

interface TopologyPageProps {
  readonly entry: TopologyEntry;
  readonly switcher: ReactNode;
}

/** One topology: its map, the list of its nodes, and what is chosen; or, where the file is wrong, how it is wrong. */
export function TopologyPage({ entry, switcher }: TopologyPageProps) {
  const answered = useAnswer(entry.name, (signal) =>
    call('GET /api/topologies/:name/graph', { params: { name: entry.name } }, signal),
  );
  const [fits, setFits] = useState(0);
  const fit = useCallback(() => {
    setFits((count) => count + 1);
  }, []);
  const [packets, setPackets] = useState(0);
  const askForPacket = useCallback(() => {
    setPackets((count) => count + 1);
  }, []);

  if (answered.state === 'failed' && answered.error instanceof RequestFailed && answered.error.status === 401)
    return <SessionOver />;
  const value = answered.state === 'ready' ? answered.value : null;
  return (
    <div className="page">
      <TopBar
        name={value?.graph?.topology ?? entry.topology ?? entry.name}
        description={value?.graph?.description ?? null}
        graph={value?.graph ?? null}
        switcher={switcher}
        onFit={fit}
        onPacket={askForPacket}
      />
      {answered.state === 'waiting' ? <Waiting /> : null}
      {answered.state === 'failed' ? <FailedRequest error={answered.error} /> : null}
      {value && !value.graph ? <DiagnosticList diagnostics={value.diagnostics} wrong /> : null}
      {value?.graph ? (
        <>
          {value.diagnostics.length > 0 ? <DiagnosticList diagnostics={value.diagnostics} wrong={false} /> : null}
          <Explorer name={entry.name} graph={value.graph} fits={fits} packets={packets} onFit={fit} />
        </>
      ) : null}
    </div>
  );
}

interface ExplorerProps {
  /** As the API calls the topology. */
  readonly name: string;
  readonly graph: GraphDocument;
  readonly fits: number;
  /** Counts the times that the form for a packet was asked for. */
  readonly packets: number;
  readonly onFit: () => void;
}

function Explorer({ name, graph, fits, packets, onFit }: ExplorerProps) {
  const dark = usePrefersDark();
  const [chosen, setChosen] = useState<string | null>(null);
  const first = useMemo(() => hostsOpenAtFirst(graph), [graph]);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const open = useMemo(() => symmetricDifference(first, toggled), [first, toggled]);
  const toggle = useCallback((host: string) => {
    setToggled((before) => symmetricDifference(before, new Set([host])));
  }, []);
  const packet = usePacket(graph);
  const { start, shown } = packet;
  useEffect(() => {
    if (packets > 0) start();
  }, [packets, start]);
  const way = useMemo(() => (shown === null ? null : wayOnMap(graph, shown.hops)), [graph, shown]);
  const choose = packet.open ? packet.point : setChosen;
  useKeys({
    Escape: () => {
      setChosen(null);
      packet.close();
    },
    f: onFit,
    p: start,
  });

  return (
    <div className="explorer">
      <NodeList graph={graph} dark={dark} chosen={chosen} onChoose={choose} />
      <main className="stage">
        <Map
          {...{ graph, open, dark, fits, way, onToggle: toggle }}
          chosen={packet.open ? null : chosen}
          onChoose={choose}
        />
        <Legend graph={graph} />
      </main>
      {packet.open ? (
        <PacketPanel
          topology={name}
          graph={graph}
          asked={packet.asked}
          sent={packet.sent}
          shown={shown?.family ?? null}
          onEdit={packet.edit}
          onSend={packet.send}
          onShow={packet.show}
          onClose={packet.close}
        />
      ) : null}
      {chosen === null || packet.open ? null : (
        <FactsPanel graph={graph} id={chosen} dark={dark} open={open} onChoose={setChosen} onToggle={toggle} />
      )}
    </div>
  );
}

function symmetricDifference(left: ReadonlySet<string>, right: ReadonlySet<string>): ReadonlySet<string> {
  const onlyLeft = [...left].filter((each) => !right.has(each));
  return new Set([...onlyLeft, ...[...right].filter((each) => !left.has(each))]);
}
