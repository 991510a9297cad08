import type { ReactNode } from 'react';
import { Suspense, useCallback, useMemo, useState } from 'react';
import type { TopologyEntry } from '../../server/api/schema/topologies.ts';
import type { GraphDocument } from '../../server/flow/graph.ts';
import { call, RequestFailed } from '../client/client.ts';
import { useAnswer } from '../client/useAnswer.ts';
import { Map } from '../map/Map.tsx';
import { hostsOpenAtFirst } from '../map/layout/open.ts';
import { MODES } from '../modes/modes.ts';
import { useKeys } from '../ui/useKeys.ts';
import { usePrefersDark } from '../ui/usePrefersDark.ts';
import { DiagnosticList } from '../views/DiagnosticList.tsx';
import { FactsPanel } from '../views/FactsPanel.tsx';
import { Legend } from '../views/Legend.tsx';
import { NodeList } from '../views/NodeList.tsx';
import { FailedRequest, SessionOver, Waiting } from '../views/Notices.tsx';
import { TopBar } from '../views/TopBar.tsx';
import type { AddressState } from './useAddress.ts';
import type { StageState } from './useStage.ts';
import { useStage } from './useStage.ts';

interface TopologyPageProps {
  readonly entry: TopologyEntry;
  readonly place: AddressState;
  readonly switcher: ReactNode;
}

/** One topology: its map, the list of its nodes, and the mode that is open; or, where the file is wrong, how it is wrong. */
export function TopologyPage({ entry, place, switcher }: TopologyPageProps) {
  const dark = usePrefersDark();
  const answered = useAnswer(entry.name, (signal) =>
    call('GET /api/topologies/:name/graph', { params: { name: entry.name } }, signal),
  );
  const value = answered.state === 'ready' ? answered.value : null;
  const state = useStage(entry.name, value, dark, place);
  const { stage, mode, drawing } = state;
  const drawn = drawing?.graph ?? value?.graph ?? null;
  const [fits, setFits] = useState(0);
  const fit = useCallback(() => {
    setFits((count) => count + 1);
  }, []);
  const { choose, close, enter } = stage;
  useKeys({
    Escape: () => {
      if (mode === null) choose(null);
      else close();
    },
    f: fit,
    ...Object.fromEntries(
      MODES.filter(({ withoutGraph }) => withoutGraph || stage.graph !== null).map(({ id, key }) => [
        key,
        () => {
          enter(id);
        },
      ]),
    ),
  });

  if (answered.state === 'failed' && answered.error instanceof RequestFailed && answered.error.status === 401)
    return <SessionOver />;
  return (
    <div className="page">
      <TopBar
        name={drawn?.topology ?? entry.topology ?? entry.name}
        description={drawn?.description ?? null}
        graph={drawn}
        switcher={switcher}
        mode={mode?.id ?? null}
        onFit={fit}
        onMode={enter}
      />
      {answered.state === 'waiting' ? <Waiting /> : null}
      {answered.state === 'failed' ? <FailedRequest error={answered.error} /> : null}
      {value && value.diagnostics.length > 0 && mode?.showsDiagnostics !== true ? (
        <DiagnosticList diagnostics={value.diagnostics} wrong={value.graph === null && mode === null} />
      ) : null}
      {value && (drawn || mode) ? (
        <div className={mode?.wide === true ? 'explorer with-side' : 'explorer'}>
          {drawn ? <Explorer graph={drawn} {...{ state, place, dark, fits }} /> : null}
          {mode === null ? null : (
            <Suspense fallback={<Waiting />}>
              <mode.Panel stage={stage} />
            </Suspense>
          )}
        </div>
      ) : null}
    </div>
  );
}

interface ExplorerProps {
  readonly graph: GraphDocument;
  readonly state: StageState;
  readonly place: AddressState;
  readonly dark: boolean;
  readonly fits: number;
}

function Explorer({ graph, state, place, dark, fits }: ExplorerProps) {
  const { stage, mode, overlay, point } = state;
  const { adjust } = place;
  const toggledList = place.address.toggled;
  const first = useMemo(() => hostsOpenAtFirst(graph), [graph]);
  const open = useMemo(() => symmetricDifference(first, new Set(toggledList)), [first, toggledList]);
  const toggle = useCallback(
    (host: string) => {
      adjust((before) => ({
        ...before,
        toggled: [...symmetricDifference(new Set(before.toggled), new Set([host]))].toSorted(),
      }));
    },
    [adjust],
  );
  const chosen = graph.nodes.some(({ id }) => id === stage.chosen) || graph.edges.some(({ id }) => id === stage.chosen);
  return (
    <>
      <NodeList graph={graph} dark={dark} chosen={stage.chosen} onChoose={point} />
      <main className="stage">
        <Map
          {...{ graph, open, dark, fits, overlay, onToggle: toggle }}
          chosen={chosen && (mode === null || mode.showsChosen === true) ? stage.chosen : null}
          onChoose={point}
        />
        {state.drawing === null ? null : (
          <p className="says" role="status">
            {state.drawing.says}
          </p>
        )}
        <Legend graph={graph} />
      </main>
      {stage.chosen === null || !chosen || mode !== null ? null : (
        <FactsPanel graph={graph} id={stage.chosen} dark={dark} open={open} onChoose={stage.choose} onToggle={toggle} />
      )}
    </>
  );
}

function symmetricDifference(left: ReadonlySet<string>, right: ReadonlySet<string>): ReadonlySet<string> {
  const onlyLeft = [...left].filter((each) => !right.has(each));
  return new Set([...onlyLeft, ...[...right].filter((each) => !left.has(each))]);
}
