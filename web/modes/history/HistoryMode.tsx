import { useEffect } from 'react';
import type { Stage } from '../mode.ts';
import './history.css';
import { RunList } from './RunList.tsx';
import { RunSheet } from './RunSheet.tsx';

/** What was done: the runs, and one of them with all that is known of it. */
export function HistoryMode({ stage }: { readonly stage: Stage }) {
  const { kept, draw, show } = stage;
  const run = kept['run'] ?? null;
  useEffect(
    () => () => {
      draw(null);
      show(null);
    },
    [run, draw, show],
  );
  return (
    <section className="side history" aria-label="History">
      <header>
        <h1>{run === null ? 'History' : 'Run'}</h1>
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
      {run === null ? <RunList stage={stage} /> : <RunSheet key={run} stage={stage} name={run} />}
    </section>
  );
}
