import { useEffect, useMemo } from 'react';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import { call } from '../../client/client.ts';
import { useAnswer } from '../../client/useAnswer.ts';
import { compareNaturally } from '../../map/layout/order.ts';
import { Text } from '../../ui/Text.tsx';
import type { Stage } from '../mode.ts';
import { downText, hostOf, marksOf, parseDown, toggled } from './down.ts';
import { Hosts } from './Hosts.tsx';
import { Losses } from './Losses.tsx';
import { Worst } from './Worst.tsx';
import './failure.css';

/** Hosts are taken down in the mind: what is lost, what takes over, and which hosts are missed most. */
export function FailureMode({ stage }: { readonly stage: Stage }) {
  return stage.graph === null ? null : <Rehearsal stage={stage} graph={stage.graph} />;
}

function Rehearsal({ stage, graph }: { readonly stage: Stage; readonly graph: GraphDocument }) {
  const { name, kept, keep, show, onPoint } = stage;
  const hosts = useMemo(
    () =>
      graph.nodes
        .filter(({ kind }) => kind === 'host')
        .map(({ label }) => label)
        .sort(compareNaturally),
    [graph],
  );
  const keptDown = kept['down'];
  const down = useMemo(() => parseDown(keptDown, hosts), [keptDown, hosts]);
  const set = (next: readonly string[]): void => {
    keep({ down: downText(next) });
  };
  const answered = useAnswer(
    `without ${name} ${down.join(',')}`,
    down.length === 0
      ? null
      : (signal) => call('GET /api/topologies/:name/without', { params: { name }, query: { host: [...down] } }, signal),
  );
  const answer = down.length > 0 && answered.state === 'ready' ? answered.value : null;
  useEffect(() => {
    onPoint((id) => {
      const host = hostOf(graph, id);
      if (host !== null) set(toggled(down, host));
    });
  });
  useEffect(() => {
    show(
      answer === null
        ? { lit: null, marks: new Map(down.map((host) => [`host:${host}`, 'down'])) }
        : { lit: null, marks: marksOf(answer) },
    );
  }, [show, answer, down]);
  useEffect(
    () => () => {
      onPoint(null);
      show(null);
    },
    [onPoint, show],
  );
  return (
    <section className="side failure" aria-label="Failure">
      <header className="side-head">
        <div className="side-title">
          <h1>Failure</h1>
          <span className="side-about">hosts taken down in the model: nothing is touched</span>
          <button type="button" className="side-close" aria-label="Close" title="Close (Esc)" onClick={stage.close}>
            ×
          </button>
        </div>
        <Hosts
          {...{ hosts, down }}
          onToggle={(host) => {
            set(toggled(down, host));
          }}
          onClear={() => {
            set([]);
          }}
        />
      </header>
      <div className="failure-body" role="group" tabIndex={0} aria-label="What is lost">
        {down.length === 0 ? <Worst name={name} onTake={set} /> : null}
        {down.length > 0 && answered.state === 'waiting' ? <p className="side-note">Taking them down …</p> : null}
        {down.length > 0 && answered.state === 'failed' ? (
          <p className="side-note bad" role="alert">
            <Text>{answered.error.message}</Text>
          </p>
        ) : null}
        {answer === null ? null : <Losses answer={answer} stage={stage} />}
      </div>
    </section>
  );
}
