import type { ReactNode } from 'react';
import { Suspense, useCallback, useState } from 'react';
import type { TopologyEntry } from '../../server/api/schema/topologies.ts';
import { call, RequestFailed } from '../client/client.ts';
import { useAnswer } from '../client/useAnswer.ts';
import { MODES } from '../modes/modes.ts';
import { useKeys } from '../ui/useKeys.ts';
import { useTheme } from '../ui/useTheme.ts';
import { DiagnosticList } from '../views/DiagnosticList.tsx';
import { FailedRequest, SessionOver, Waiting } from '../views/Notices.tsx';
import { TopBar } from '../views/TopBar.tsx';
import { Explorer } from './Explorer.tsx';
import type { AddressState } from './useAddress.ts';
import { useLive } from './useLive.ts';
import { useStage } from './useStage.ts';

interface TopologyPageProps {
  readonly entry: TopologyEntry;
  readonly place: AddressState;
  readonly switcher: ReactNode;
}

/** One topology: its map, the list of its nodes, and the mode that is open; or, where the file is wrong, how it is wrong. */
export function TopologyPage({ entry, place, switcher }: TopologyPageProps) {
  const colours = useTheme();
  const { dark } = colours;
  const answered = useAnswer(entry.name, (signal) =>
    call('GET /api/topologies/:name/graph', { params: { name: entry.name } }, signal),
  );
  const value = answered.state === 'ready' ? answered.value : null;
  const state = useStage(entry.name, value, dark, place);
  const { stage, mode, drawing } = state;
  const drawn = drawing?.graph ?? value?.graph ?? null;
  const live = useLive(entry.name, drawn, stage.kept['map.live'] === 'on');
  const [fits, setFits] = useState(0);
  const { choose, close, enter, keep } = stage;
  const fit = useCallback(() => {
    keep({ 'map.at': null });
    setFits((count) => count + 1);
  }, [keep]);
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
          {drawn ? <Explorer graph={drawn} {...{ state, place, colours, fits }} live={live} onFit={fit} /> : null}
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
