import { useState } from 'react';
import type { AuditAnswer } from '../../../server/api/schema/audit.ts';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import { call } from '../../client/client.ts';
import type { Answered } from '../../client/useAnswer.ts';
import { useAnswer } from '../../client/useAnswer.ts';
import { useOnce } from '../../client/useOnce.ts';
import { RequestNotice } from '../../ui/FailureNotice.tsx';
import type { Stage } from '../mode.ts';
import { AuditHead, auditedOf } from './AuditHead.tsx';
import { AuditSide } from './AuditSide.tsx';
import './audit.css';

/** The port-mapping ledger and what the audit found, as tables beside the map. */
export function AuditMode({ stage }: { readonly stage: Stage }) {
  if (stage.graph === null) return null;
  const audited = auditedOf(stage);
  return audited === 'planned' ? (
    <Planned stage={stage} graph={stage.graph} />
  ) : (
    <Found key={audited} stage={stage} graph={stage.graph} lab={audited === 'lab'} />
  );
}

interface Looked {
  readonly stage: Stage;
  readonly graph: GraphDocument;
}

function Planned({ stage, graph }: Looked) {
  // Counts what was accepted here: the audit is asked for again.
  const [round, setRound] = useState(0);
  const { name } = stage;
  const answered = useAnswer(`audit ${name} ${String(round)}`, (signal) =>
    call('GET /api/topologies/:name/audit', { params: { name } }, signal),
  );
  return (
    <Shown
      {...{ stage, graph, answered }}
      waiting="Auditing …"
      onAgain={null}
      onAccepted={() => {
        setRound((before) => before + 1);
      }}
    />
  );
}

/** Hosts are read when it is asked for, and not each time that the window comes to the front. */
function Found({ stage, graph, lab }: Looked & { readonly lab: boolean }) {
  const { name } = stage;
  const { answered, again } = useOnce(`found ${name} ${String(lab)}`, (signal) =>
    call('POST /api/topologies/:name/audit', { params: { name }, body: { lab } }, signal),
  );
  return (
    <Shown
      {...{ stage, graph, answered }}
      waiting={`Reading the ${lab ? "lab's hosts" : 'hosts'} …`}
      onAgain={again}
      onAccepted={null}
    />
  );
}

interface ShownProps extends Looked {
  readonly answered: Answered<AuditAnswer>;
  readonly waiting: string;
  readonly onAgain: (() => void) | null;
  readonly onAccepted: (() => void) | null;
}

function Shown({ stage, graph, answered, waiting, onAgain, onAccepted }: ShownProps) {
  const head = <AuditHead stage={stage} onAgain={onAgain} />;
  return (
    <section className="side audit" aria-label="Audit">
      {answered.state === 'ready' ? (
        <AuditSide answer={answered.value} {...{ stage, graph, head, onAccepted }} />
      ) : (
        <header className="side-head">{head}</header>
      )}
      {answered.state === 'waiting' ? (
        <p className="side-note" role="status">
          {waiting}
        </p>
      ) : null}
      {answered.state === 'failed' ? <RequestNotice error={answered.error} what="audit" /> : null}
    </section>
  );
}
