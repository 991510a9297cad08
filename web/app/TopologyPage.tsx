import type { ReactNode } from 'react';
import { useCallback, useMemo, useState } from 'react';
import type { TopologyEntry } from '../../server/api/schema.ts';
import type { GraphDocument } from '../../server/flow/graph.ts';
import { readGraph, RequestFailed } from '../client/client.ts';
import { useAnswer } from '../client/useAnswer.ts';
import { Map } from '../map/Map.tsx';
import { hostsOpenAtFirst } from '../map/layout/open.ts';
import { useKeys } from '../ui/useKeys.ts';
import { usePrefersDark } from '../ui/usePrefersDark.ts';
import { DiagnosticList } from '../views/DiagnosticList.tsx';
import { FactsPanel } from '../views/FactsPanel.tsx';
import { Legend } from '../views/Legend.tsx';
import { NodeList } from '../views/NodeList.tsx';
import { FailedRequest, SessionOver, Waiting } from '../views/Notices.tsx';
import { TopBar } from '../views/TopBar.tsx';

interface TopologyPageProps {
  readonly entry: TopologyEntry;
  readonly switcher: ReactNode;
}

/** One topology: its map, the list of its nodes, and what is chosen; or, where the file is wrong, how it is wrong. */
export function TopologyPage({ entry, switcher }: TopologyPageProps) {
  const answered = useAnswer(entry.name, (signal) => readGraph(entry.name, signal));
  const [fits, setFits] = useState(0);
  const fit = useCallback(() => {
    setFits((count) => count + 1);
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
      />
      {answered.state === 'waiting' ? <Waiting /> : null}
      {answered.state === 'failed' ? <FailedRequest error={answered.error} /> : null}
      {value && !value.graph ? <DiagnosticList diagnostics={value.diagnostics} wrong /> : null}
      {value?.graph ? (
        <>
          {value.diagnostics.length > 0 ? <DiagnosticList diagnostics={value.diagnostics} wrong={false} /> : null}
          <Explorer graph={value.graph} fits={fits} onFit={fit} />
        </>
      ) : null}
    </div>
  );
}

interface ExplorerProps {
  readonly graph: GraphDocument;
  readonly fits: number;
  readonly onFit: () => void;
}

function Explorer({ graph, fits, onFit }: ExplorerProps) {
  const dark = usePrefersDark();
  const [chosen, setChosen] = useState<string | null>(null);
  const first = useMemo(() => hostsOpenAtFirst(graph), [graph]);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const open = useMemo(() => symmetricDifference(first, toggled), [first, toggled]);
  const toggle = useCallback((host: string) => {
    setToggled((before) => symmetricDifference(before, new Set([host])));
  }, []);
  useKeys({
    Escape: () => {
      setChosen(null);
    },
    f: onFit,
  });

  return (
    <div className="explorer">
      <NodeList graph={graph} dark={dark} chosen={chosen} onChoose={setChosen} />
      <main className="stage">
        <Map graph={graph} open={open} chosen={chosen} dark={dark} fits={fits} onChoose={setChosen} onToggle={toggle} />
        <Legend graph={graph} />
      </main>
      {chosen === null ? null : (
        <FactsPanel graph={graph} id={chosen} dark={dark} open={open} onChoose={setChosen} onToggle={toggle} />
      )}
    </div>
  );
}

function symmetricDifference(left: ReadonlySet<string>, right: ReadonlySet<string>): ReadonlySet<string> {
  const onlyLeft = [...left].filter((each) => !right.has(each));
  return new Set([...onlyLeft, ...[...right].filter((each) => !left.has(each))]);
}
