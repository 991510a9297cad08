import { useState } from 'react';
import type { AuditAnswer, Finding, Witness } from '../../../server/api/schema/audit.ts';
import { Text } from '../../ui/Text.tsx';
import type { Stage } from '../mode.ts';
import { AcceptForm } from './AcceptForm.tsx';
import { Loci } from './Loci.tsx';
import { Severity } from './Severity.tsx';
import type { Accepted } from './useAudit.ts';
import { packetOf } from './witness.ts';

interface FindingDetailProps {
  readonly finding: Finding | Accepted;
  readonly answer: AuditAnswer;
  readonly stage: Stage;
  readonly onClose: () => void;
  /** `null`: it is found on hosts, and may be gone there: what is accepted is what the file wants. */
  readonly onAccepted: (() => void) | null;
}

/** What is wrong, why, one packet for which it is so, where it stands, and what to do about it. */
export function FindingDetail({ finding, answer, stage, onClose, onAccepted }: FindingDetailProps) {
  const { id, severity, summary, detail, at, witness } = finding;
  const kind = answer.lookedFor.find((each) => each.id === id);
  const by = 'by' in finding ? finding.by : null;
  const [accepting, setAccepting] = useState(false);
  return (
    <article className="audit-detail" aria-label="Finding">
      <button type="button" className="close" aria-label="Close the finding" onClick={onClose}>
        ×
      </button>
      <p className="kind">
        <Severity of={severity} /> {id} · {kind?.name}
      </p>
      <h2>
        <Text>{summary}</Text>
      </h2>
      {detail === '' ? null : (
        <p className="audit-why">
          <Text>{detail.replaceAll('\n', ' ')}</Text>
        </p>
      )}
      {by === null ? null : (
        <p className="verdict">
          <b>Accepted until {by.until}</b>
          <span className="said">
            <Text>{by.reason}</Text>
          </span>
        </p>
      )}
      {by !== null || onAccepted === null ? null : accepting ? (
        <AcceptForm
          {...{ finding, stage, accepted: answer.accepted, onAccepted }}
          onCancel={() => {
            setAccepting(false);
          }}
        />
      ) : (
        <button
          type="button"
          className="plain"
          onClick={() => {
            setAccepting(true);
          }}
        >
          Accept it …
        </button>
      )}
      {witness === null ? null : <For witness={witness} stage={stage} />}
      {at.length === 0 ? null : (
        <>
          <h3>Where</h3>
          <Loci at={at} stage={stage} />
        </>
      )}
      {kind === undefined ? null : (
        <>
          <h3>What to do</h3>
          <p>{kind.fix}</p>
          <h3>What it means</h3>
          <p className="quiet">
            {kind.definition}
            {kind.standards.length === 0 ? '' : ` (${kind.standards.join('; ')})`}
          </p>
        </>
      )}
    </article>
  );
}

function For({ witness, stage }: { readonly witness: Witness; readonly stage: Stage }) {
  const { from, source, destination, destinationPort, protocol, ends } = witness;
  const packet = packetOf(witness);
  const at = destinationPort === null ? destination : withPort(destination, destinationPort);
  return (
    <>
      <h3>For example</h3>
      <p className="audit-witness">
        <Text>{`${protocol} from ${source} (${from}) to ${at}`}</Text>
        {ends === null ? null : (
          <>
            , ends at <Text>{ends}</Text>
          </>
        )}
        {packet === null ? null : (
          <button
            type="button"
            className="link"
            onClick={() => {
              stage.enter('packet', packet);
            }}
          >
            follow it
          </button>
        )}
      </p>
    </>
  );
}

function withPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${String(port)}` : `${address}:${String(port)}`;
}
