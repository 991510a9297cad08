import { useState } from 'react';
import type { RunEntry } from '../../../server/api/schema/runs.ts';
import { call } from '../../client/client.ts';
import { RequestNotice } from '../../ui/FailureNotice.tsx';
import type { Stage } from '../mode.ts';
import { Agree } from '../plan/Agree.tsx';
import { PlanSheet } from '../plan/PlanSheet.tsx';
import { usePlan } from '../plan/usePlan.ts';

const WAYS = [
  ['before', 'Undo it', 'As the hosts were before this run'],
  ['after', 'Go back to it', 'As this run left the hosts'],
] as const;

/** From a run that was kept, back to the state before it or to the one that it left: planned, shown, agreed to, applied. */
export function GoBack({ stage, run }: { readonly stage: Stage; readonly run: RunEntry }) {
  const [to, setTo] = useState<'before' | 'after' | null>(null);
  if (run.outcome !== 'applied' && run.outcome !== 'confirmed') return null;
  return (
    <>
      {WAYS.map(([way, text, hint]) => (
        <button
          key={way}
          type="button"
          className="plain"
          title={hint}
          aria-pressed={to === way}
          onClick={() => {
            setTo(to === way ? null : way);
          }}
        >
          {text} …
        </button>
      ))}
      {to === null ? null : <Back key={to} stage={stage} run={run} to={to} />}
    </>
  );
}

function Back({ stage, run, to }: { readonly stage: Stage; readonly run: RunEntry; readonly to: 'before' | 'after' }) {
  const [asking, setAsking] = useState(false);
  const params = { run: run.run };
  const { planning } = usePlan(`back ${run.run} ${to}`, (signal) =>
    call('POST /api/runs/:run/plan', { params, body: { to } }, signal),
  );
  if (planning.state === 'planning')
    return (
      <p className="quiet" role="status">
        Reading the hosts …
      </p>
    );
  if (planning.state === 'failed') return <RequestNotice error={planning.error} what="plan" />;
  const { plan } = planning;
  const nothing = plan.hosts.every(({ steps }) => steps.length === 0);
  return (
    <section className="back" aria-label="The way back">
      <PlanSheet
        plan={plan}
        gone={[]}
        onFollow={null}
        actions={
          nothing ? null : (
            <div className="apply">
              <button
                type="button"
                className="plain strong"
                disabled={plan.agree.blockedBy.length > 0}
                onClick={() => {
                  setAsking(true);
                }}
              >
                {to === 'before' ? 'Undo it …' : 'Go back to it …'}
              </button>
            </div>
          )
        }
      />
      {asking ? (
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
    </section>
  );
}
