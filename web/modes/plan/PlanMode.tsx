import { useEffect, useMemo, useState } from 'react';
import type { Plan } from '../../../server/api/schema/plan.ts';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import { call } from '../../client/client.ts';
import { useLive, useMay } from '../../runs/context.ts';
import { RequestNotice } from '../../ui/FailureNotice.tsx';
import type { Stage } from '../mode.ts';
import { Agree } from './Agree.tsx';
import { marksOfPlan } from './marks.ts';
import './plan.css';
import { PlanSheet } from './PlanSheet.tsx';
import { Target } from './Target.tsx';
import { usePlan } from './usePlan.ts';
import { useStale } from './useStale.ts';

export function PlanMode({ stage }: { readonly stage: Stage }) {
  const may = useMay('plan');
  if (stage.graph === null) return null;
  return may ? <Planned stage={stage} graph={stage.graph} /> : <Refused onClose={stage.close} />;
}

/** To plan, hosts are read: that is not for everybody. */
function Refused({ onClose }: { readonly onClose: () => void }) {
  return (
    <section className="side plan" aria-label="Plan">
      <header>
        <h1>Plan</h1>
        <button type="button" className="close" aria-label="Close" title="Close (Esc)" onClick={onClose}>
          ×
        </button>
      </header>
      <div className="nothing">
        <b>You may look, and not plan</b>
        <p>
          To plan, hosts are read. Who looks after the users here gives the role for it: plan, or apply to change hosts.
        </p>
      </div>
    </section>
  );
}

function Planned({ stage, graph }: { readonly stage: Stage; readonly graph: GraphDocument }) {
  const { name, kept, show } = stage;
  const lab = kept['lab'] === 'yes';
  const hosts = useMemo(() => (kept['hosts'] ?? '').split(',').filter((each) => each !== ''), [kept]);
  const { planning, again } = usePlan(`${name} ${String(lab)} ${hosts.join()}`, (signal) =>
    call(
      'POST /api/topologies/:name/plan',
      { params: { name }, body: { lab, ...(hosts.length > 0 ? { hosts } : {}) } },
      signal,
    ),
  );
  const plan = planning.state === 'ready' ? planning.plan : null;
  const stale = useStale(name, plan);
  const drawn = useMemo(() => (plan === null ? null : marksOfPlan(plan, graph)), [plan, graph]);
  useEffect(() => {
    show(drawn === null ? null : { lit: null, marks: drawn.marks });
  }, [show, drawn]);
  useEffect(
    () => () => {
      show(null);
    },
    [show],
  );
  return (
    <section className="side plan" aria-label="Plan">
      <header>
        <h1>Plan</h1>
        <button type="button" className="plain" onClick={again} disabled={planning.state === 'planning'}>
          Plan anew
        </button>
        <button type="button" className="close" aria-label="Close" title="Close (Esc)" onClick={stage.close}>
          ×
        </button>
      </header>
      <Target
        graph={graph}
        lab={lab}
        hosts={hosts}
        onTarget={(next) => {
          stage.keep({ lab: next.lab ? 'yes' : null, hosts: next.hosts.length === 0 ? null : next.hosts.join() });
        }}
      />
      <div role="status" className="asking">
        {planning.state === 'planning' ? `Reading the ${lab ? "lab's hosts" : 'hosts'} …` : ''}
      </div>
      {planning.state === 'failed' ? <RequestNotice error={planning.error} what="plan" /> : null}
      {stale === null ? null : (
        <p className="verdict unsure stale" role="status">
          <b>{stale}</b>
          <button type="button" className="link" onClick={again}>
            Plan anew
          </button>
        </p>
      )}
      {plan === null ? null : (
        <PlanSheet
          plan={plan}
          gone={drawn?.gone ?? []}
          onFollow={(packet) => {
            stage.enter('packet', { ...packet });
          }}
          actions={<Apply plan={plan} stale={stale !== null} stage={stage} />}
        />
      )}
    </section>
  );
}

function Apply({ plan, stale, stage }: { readonly plan: Plan; readonly stale: boolean; readonly stage: Stage }) {
  const [asking, setAsking] = useState(false);
  const { runs } = useLive();
  const may = useMay('apply');
  if (plan.hosts.every(({ steps }) => steps.length === 0)) return null;
  if (!may) return <p className="quiet">You may plan, and not apply: that takes the role apply.</p>;
  const other = runs.find(({ outcome, topology }) => outcome === 'running' && topology === plan.topology);
  return (
    <div className="apply">
      <button
        type="button"
        className="plain strong"
        disabled={stale || plan.agree.blockedBy.length > 0 || other !== undefined}
        onClick={() => {
          setAsking(true);
        }}
      >
        Apply …
      </button>
      <span className="quiet">
        {other === undefined
          ? plan.lab
            ? 'Changes the running lab.'
            : 'Changes the hosts.'
          : 'A run is under way: wait for its end.'}
      </span>
      {asking ? (
        <Agree
          plan={plan}
          onApply={async (consent) => {
            const begun = await call('POST /api/topologies/:name/apply', {
              params: { name: stage.name },
              body: { plan: plan.plan, ...consent },
            });
            stage.enter('history', { run: begun.run });
          }}
          onClose={() => {
            setAsking(false);
          }}
        />
      ) : null}
    </div>
  );
}
