import { useState } from 'react';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import { call } from '../../client/client.ts';
import { useAnswer } from '../../client/useAnswer.ts';
import { Text } from '../../ui/Text.tsx';
import type { Stage } from '../mode.ts';
import { AuditSide } from './AuditSide.tsx';
import './audit.css';

/** The port-mapping ledger and what the audit found, as tables beside the map. */
export function AuditMode({ stage }: { readonly stage: Stage }) {
  return stage.graph === null ? null : <Loaded stage={stage} graph={stage.graph} />;
}

function Loaded({ stage, graph }: { readonly stage: Stage; readonly graph: GraphDocument }) {
  // Counts what was accepted here: the audit is asked for again.
  const [round, setRound] = useState(0);
  const { name } = stage;
  const answered = useAnswer(`audit ${name} ${String(round)}`, (signal) =>
    call('GET /api/topologies/:name/audit', { params: { name } }, signal),
  );
  return (
    <section className="side audit" aria-label="Audit">
      {answered.state === 'waiting' ? <p className="side-note">Auditing …</p> : null}
      {answered.state === 'failed' ? (
        <p className="side-note bad" role="alert">
          <Text>{answered.error.message}</Text>
        </p>
      ) : null}
      {answered.state === 'ready' ? (
        <AuditSide
          answer={answered.value}
          {...{ stage, graph }}
          onAccepted={() => {
            setRound((before) => before + 1);
          }}
        />
      ) : null}
    </section>
  );
}
