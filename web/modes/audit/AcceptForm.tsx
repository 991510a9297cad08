import type { SubmitEvent } from 'react';
import { useState } from 'react';
import type { AuditAnswer, Finding } from '../../../server/api/schema/audit.ts';
import { call } from '../../client/client.ts';
import { Text } from '../../ui/Text.tsx';
import type { Stage } from '../mode.ts';

interface AcceptFormProps {
  readonly finding: Finding;
  readonly stage: Stage;
  readonly accepted: AuditAnswer['accepted'];
  readonly onAccepted: () => void;
  readonly onCancel: () => void;
}

const DAY_MS = 86_400_000;

/** Accepts one finding, with the reason, until a day: then it is found again. */
export function AcceptForm({ finding, stage, accepted, onAccepted, onCancel }: AcceptFormProps) {
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState(() => new Date(Date.now() + 90 * DAY_MS).toISOString().slice(0, 10));
  const [state, setState] = useState<'open' | 'sent' | Error>('open');
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    setState('sent');
    const { id, about } = finding;
    const body = { finding: id, about, reason: reason.trim(), until, version: accepted.version };
    call('POST /api/topologies/:name/suppressions', { params: { name: stage.name }, body }).then(
      () => {
        stage.keep({ row: null });
        onAccepted();
      },
      (error: unknown) => {
        setState(error instanceof Error ? error : new Error(String(error)));
      },
    );
  };
  return (
    <form className="accept" aria-label="Accept the finding" onSubmit={send}>
      <label>
        Why it may stay
        <input
          value={reason}
          required
          maxLength={2000}
          onChange={(event) => {
            setReason(event.target.value);
          }}
        />
      </label>
      <label>
        Until
        <input
          type="date"
          value={until}
          required
          min={new Date().toISOString().slice(0, 10)}
          onChange={(event) => {
            setUntil(event.target.value);
          }}
        />
      </label>
      <div className="accept-do">
        <button type="submit" className="plain" disabled={reason.trim() === '' || state === 'sent'}>
          Accept
        </button>
        <button type="button" className="link" onClick={onCancel}>
          Cancel
        </button>
        <span className="hint">
          Written to <Text>{accepted.file}</Text>
        </span>
      </div>
      {state instanceof Error ? (
        <p className="verdict bad" role="alert">
          <Text>{state.message}</Text>
        </p>
      ) : null}
    </form>
  );
}
