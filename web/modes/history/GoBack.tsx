import { useEffect, useMemo, useState } from 'react';
import type { RunEntry } from '../../../server/api/schema/runs.ts';
import { call } from '../../client/client.ts';
import { RequestNotice } from '../../ui/FailureNotice.tsx';
import { useMay } from '../../runs/context.ts';
import type { Stage } from '../mode.ts';
import { Agree } from '../plan/Agree.tsx';
import { marksOfPlan } from '../plan/marks.ts';
import '../plan/plan.css';
import { PlanSheet } from '../plan/PlanSheet.tsx';
import { usePlan } from '../plan/usePlan.ts';

export type Way = 'before' | 'after';

const WAYS: Readonly<Record<Way, readonly [button: string, hint: string]>> = {
  before: ['Undo it', 'As the hosts were before this run'],
  after: ['Go back to it', 'As this run left the hosts'],
};

export function wayIn(kept: Readonly<Record<string, string>>): Way | null {
  const { back } = kept;
  return back === 'before' || back === 'after' ? back : null;
}

/** From a run that was kept, the state before it and the one that it left can be gone back to. */
export function GoBack({ stage, run }: { readonly stage: Stage; readonly run: RunEntry }) {
  const may = useMay('plan');
  if (!may || (run.outcome !== 'applied' && run.outcome !== 'confirmed')) return null;
  return (Object.keys(WAYS) as Way[]).map((way) => (
    <button
      key={way}
      type="button"
      className="plain"
      title={WAYS[way][1]}
      onClick={() => {
        stage.enter('history', { run: run.run, back: way });
      }}
    >
      {WAYS[way][0]} …
    </button>
  ));
}

/** The way back: planned against what is there now, shown, agreed to, applied. */
export function BackSheet({ stage, name, way }: { readonly stage: Stage; readonly name: string; readonly way: Way }) {
  const [asking, setAsking] = useState(false);
  const may = useMay('apply');
  const { show, graph } = stage;
  const params = { run: name };
  const { planning, again } = usePlan(`back ${name} ${way}`, (signal) =>
    call('POST /api/runs/:run/plan', { params, body: { to: way } }, signal),
  );
  const plan = planning.state === 'ready' ? planning.plan : null;
  const drawn = useMemo(() => (plan === null || graph === null ? null : marksOfPlan(plan, graph)), [plan, graph]);
  useEffect(() => {
    show(drawn === null ? null : { lit: null, marks: drawn.marks });
  }, [show, drawn]);
  return (
    <>
      <p className="pad quiet">
        {WAYS[way][1]}: planned against what is there now. The file stays as it is.{' '}
        <button type="button" className="link" onClick={again}>
          Plan anew
        </button>
      </p>
      <div role="status" className="asking">
        {planning.state === 'planning' ? 'Reading the hosts …' : ''}
      </div>
      {planning.state === 'failed' ? <RequestNotice error={planning.error} what="plan" /> : null}
      {plan === null ? null : (
        <PlanSheet
          plan={plan}
          gone={drawn?.gone ?? []}
          same="The hosts are as they would be then."
          onFollow={null}
          actions={
            !may || plan.hosts.every(({ steps }) => steps.length === 0) ? null : (
              <div className="apply">
                <button
                  type="button"
                  className="plain strong"
                  disabled={plan.agree.blockedBy.length > 0}
                  onClick={() => {
                    setAsking(true);
                  }}
                >
                  {WAYS[way][0]} …
                </button>
              </div>
            )
          }
        />
      )}
      {asking && plan !== null ? (
        <Agree
          plan={plan}
          onApply={async (consent) => {
            const begun = await call('POST /api/runs/:run/rollback', { params, body: { plan: plan.plan, ...consent } });
            stage.enter('history', { run: begun.run });
          }}
          onClose={() => {
            setAsking(false);
          }}
        />
      ) : null}
    </>
  );
}
