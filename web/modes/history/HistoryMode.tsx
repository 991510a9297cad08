import { useEffect } from 'react';
import type { Stage } from '../mode.ts';
import { BackSheet, wayIn } from './GoBack.tsx';
import './history.css';
import { RunList } from './RunList.tsx';
import { RunSheet } from './RunSheet.tsx';

/** What was done: the runs, and one of them with all that is known of it. */
export function HistoryMode({ stage }: { readonly stage: Stage }) {
  const { kept, draw, show } = stage;
  const run = kept['run'] ?? null;
  const way = run === null ? null : wayIn(kept);
  useEffect(
    () => () => {
      draw(null);
      show(null);
    },
    [run, way, draw, show],
  );
  return (
    <section className="side history" aria-label="History">
      <header>
        <h1>
          {run === null ? 'History' : way === null ? 'Run' : way === 'before' ? 'Undo a run' : 'Go back to a run'}
        </h1>
        {run === null || way === null ? null : (
          <button
            type="button"
            className="plain"
            onClick={() => {
              stage.enter('history', { run });
            }}
          >
            The run
          </button>
        )}
        {run === null ? null : (
          <button
            type="button"
            className="plain"
            onClick={() => {
              stage.enter('history', kept['all'] === undefined ? {} : { all: kept['all'] });
            }}
          >
            All runs
          </button>
        )}
        <button type="button" className="close" aria-label="Close" title="Close (Esc)" onClick={stage.close}>
          ×
        </button>
      </header>
      {run === null ? <RunList stage={stage} /> : null}
      {run !== null && way === null ? <RunSheet key={run} stage={stage} name={run} /> : null}
      {run !== null && way !== null ? <BackSheet key={`${run} ${way}`} stage={stage} name={run} way={way} /> : null}
    </section>
  );
}
