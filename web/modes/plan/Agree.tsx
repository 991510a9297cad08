import type { SubmitEvent } from 'react';
import { useEffect, useId, useRef, useState } from 'react';
import type { Plan } from '../../../server/api/schema/plan.ts';
import { summaryLine } from '../../../server/flow/plan-words.ts';
import { RequestNotice } from '../../ui/FailureNotice.tsx';
import { Text } from '../../ui/Text.tsx';

/** What somebody agrees to, as the API takes it. */
export interface Consent {
  readonly confirmWithinS?: number;
  readonly typed?: string;
  readonly allowCut?: boolean;
  readonly adopt?: boolean;
  readonly discardUnknown?: boolean;
}

interface AgreeProps {
  readonly plan: Plan;
  /** Resolves once the run was begun. */
  readonly onApply: (consent: Consent) => Promise<void>;
  readonly onClose: () => void;
}

const MOST_LOSSES = 12;

/** Asks, before hosts are changed: what is lost is read, what cuts is said, and the name is typed. */
export function Agree({ plan, onApply, onClose }: AgreeProps) {
  const { typed: wanted, losses, allowCut, adopt, discardUnknown } = plan.agree;
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  const [typed, setTyped] = useState('');
  const [said, setSaid] = useState<ReadonlySet<string>>(new Set());
  const [waits, setWaits] = useState(true);
  const [minutes, setMinutes] = useState('5');
  const [sending, setSending] = useState(false);
  const [failed, setFailed] = useState<Error | null>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const confirmWithinS = Math.round(Number(minutes) * 60);
  const questions = [
    ...(allowCut ? [['allowCut', 'It may cut the way by which a host is reached.'] as const] : []),
    ...(adopt ? [['adopt', 'It may take over what is there already and was not made by Trunkline.'] as const] : []),
    ...(discardUnknown
      ? [
          [
            'discardUnknown',
            'It may lose what others put into things of this topology; no undo brings that back.',
          ] as const,
        ]
      : []),
  ];
  const complete =
    (wanted === null || typed === wanted) &&
    questions.every(([name]) => said.has(name)) &&
    (!waits || (confirmWithinS >= 5 && confirmWithinS <= 86_400));
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!complete || sending) return;
    setSending(true);
    setFailed(null);
    onApply({
      ...(wanted === null ? {} : { typed }),
      ...(waits ? { confirmWithinS } : {}),
      ...Object.fromEntries(questions.map(([name]) => [name, true])),
    }).catch((error: unknown) => {
      setFailed(error instanceof Error ? error : new Error(String(error)));
      setSending(false);
    });
  };
  return (
    <dialog className="agree" ref={dialog} aria-labelledby={title} onClose={onClose}>
      <form onSubmit={send}>
        <h2 id={title}>
          Apply to {plan.lab ? 'the lab of' : 'the hosts of'} <Text>{plan.topology}</Text>
        </h2>
        <p>{summaryLine(plan.summary)}</p>
        {losses.length === 0 ? <p className="quiet">Nothing is lost by it.</p> : <Losses losses={losses} />}
        {questions.map(([name, text]) => (
          <label key={name} className="tick">
            <input
              type="checkbox"
              checked={said.has(name)}
              onChange={(event) => {
                setSaid(
                  new Set([...[...said].filter((each) => each !== name), ...(event.target.checked ? [name] : [])]),
                );
              }}
            />
            {text}
          </label>
        ))}
        <fieldset>
          <legend>Afterwards</legend>
          <label className="tick">
            <input
              type="checkbox"
              checked={waits}
              onChange={(event) => {
                setWaits(event.target.checked);
              }}
            />
            Wait for me to keep it
          </label>
          {waits ? (
            <label className="minutes">
              for
              <input
                type="number"
                min="0.1"
                max="1440"
                step="any"
                value={minutes}
                onChange={(event) => {
                  setMinutes(event.target.value);
                }}
              />
              minutes; then every host goes back by itself.
            </label>
          ) : (
            <span className="quiet">It is kept as soon as it is verified and its hosts still answer.</span>
          )}
        </fieldset>
        {wanted === null ? null : (
          <label className="typed">
            <span>
              Type{' '}
              <b className="as-typed">
                <Text>{wanted}</Text>
              </b>{' '}
              to agree
            </span>
            <input
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
              }}
            />
          </label>
        )}
        {failed === null ? null : <RequestNotice error={failed} what="change hosts" />}
        <div className="buttons">
          <button
            type="button"
            className="plain"
            onClick={() => {
              dialog.current?.close();
            }}
          >
            Cancel
          </button>
          <button type="submit" className="plain strong" disabled={!complete || sending}>
            {sending ? 'Beginning …' : 'Apply'}
          </button>
        </div>
      </form>
    </dialog>
  );
}

const SORTS: Readonly<Record<Plan['agree']['losses'][number]['sort'], string>> = {
  'cuts-path': 'Cuts the way to the host',
  discards: 'Lost for good',
  interrupts: 'Interrupted while it is made',
  'cuts-flows': 'Connections cut',
  closes: 'No longer possible afterwards',
};

function Losses({ losses }: Pick<Plan['agree'], 'losses'>) {
  const bySort = Map.groupBy(losses, ({ sort }) => sort);
  return (
    <div className="losses" role="group" aria-label="What is lost by it" tabIndex={0}>
      {(Object.keys(SORTS) as (keyof typeof SORTS)[]).map((sort) => {
        const all = bySort.get(sort) ?? [];
        return all.length === 0 ? null : (
          <section key={sort}>
            <h4>{SORTS[sort]}</h4>
            <ul>
              {all.slice(0, MOST_LOSSES).map(({ host, step, text }, index) => (
                <li key={index}>
                  {host === null ? null : (
                    <b>
                      <Text>{step ?? host}</Text>{' '}
                    </b>
                  )}
                  <Text>{text}</Text>
                </li>
              ))}
              {all.length > MOST_LOSSES ? <li className="quiet">and {all.length - MOST_LOSSES} more</li> : null}
            </ul>
          </section>
        );
      })}
    </div>
  );
}
