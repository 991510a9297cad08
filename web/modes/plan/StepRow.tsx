import { useId } from 'react';
import type { PlanStep } from '../../../server/api/schema/plan.ts';
import { Text } from '../../ui/Text.tsx';
import { SIGNS, typedCommand, valueText } from './rows.ts';

export type StepState = 'done' | 'now' | 'undone' | 'failed' | 'not-reached' | 'undo-failed';

const STATES: Readonly<Record<StepState, readonly [sign: string, word: string]>> = {
  done: ['✓', 'done'],
  now: ['…', 'being done'],
  undone: ['↺', 'taken back'],
  failed: ['✗', 'failed'],
  'not-reached': ['·', 'not reached'],
  'undo-failed': ['!', 'could not be taken back'],
};

export const COSTS: Readonly<Record<PlanStep['cost'], string>> = {
  hitless: 'No packet is lost',
  flap: 'Packets are lost for a moment',
  reconnect: 'Connections over it break and have to be made anew',
};

interface StepRowProps {
  readonly step: PlanStep;
  readonly number: number;
  readonly open: boolean;
  readonly state: StepState | undefined;
  readonly onToggle: () => void;
}

/** One step: what it does to what, at which cost; opened, the exact commands and what takes them back. */
export function StepRow({ step, number, open, state, onToggle }: StepRowProps) {
  const { action, title, cost, reason, first, fields } = step;
  const [sign, word] = SIGNS[action];
  // What cuts flows is no stage of the change before it.
  const begins = first || step.cutsFlowsIn !== undefined;
  const inside = useId();
  return (
    <>
      <button
        type="button"
        className={`step ${begins ? action : 'later'}`}
        aria-expanded={open}
        aria-controls={open ? inside : undefined}
        onClick={onToggle}
      >
        <span className="sign" aria-label={begins ? word : `${word}, next stage`}>
          {begins ? sign : '↳'}
        </span>
        <span className="title">
          <Text>{title}</Text>
          {begins ? (
            <span className="quiet">
              <Text>{reason}</Text>
            </span>
          ) : (
            <span className="quiet">next stage</span>
          )}
        </span>
        {state === undefined ? null : (
          <span className={`state ${state}`} title={STATES[state][1]}>
            <span aria-hidden="true">{STATES[state][0]}</span>
            <span className="unseen">{STATES[state][1]}</span>
          </span>
        )}
        <span className={`cost ${cost}`} title={COSTS[cost]}>
          {cost}
        </span>
        <span className="number" aria-label={`step ${String(number)}`}>
          {number}
        </span>
      </button>
      {open ? (
        <div id={inside} className="inside">
          {first && fields.length > 0 ? <Fields fields={fields} /> : null}
          {step.cutsFlowsIn === undefined ? null : (
            <p className="quiet">Which flows are cut is read when everything else is done and verified.</p>
          )}
          <Commands title="Commands" commands={step.commands} />
          <Commands title="Taken back by" commands={step.undo} />
        </div>
      ) : null}
    </>
  );
}

function Fields({ fields }: Pick<PlanStep, 'fields'>) {
  return (
    <ul className="fields" aria-label="What differs">
      {fields.map(({ field, expected, found }) => (
        <li key={field}>
          <b>
            <Text>{field}</Text>
          </b>{' '}
          <del>
            <Text>{valueText(found)}</Text>
          </del>{' '}
          <span aria-label="becomes">→</span>{' '}
          <ins>
            <Text>{valueText(expected)}</Text>
          </ins>
        </li>
      ))}
    </ul>
  );
}

function Commands({ title, commands }: { readonly title: string; readonly commands: PlanStep['commands'] }) {
  if (commands.length === 0) return null;
  return (
    <section aria-label={title}>
      <h4>{title}</h4>
      {commands.map(({ argv, stdin }, index) => (
        <div key={index} className="command">
          <code>
            <Text>{typedCommand(argv)}</Text>
          </code>
          {stdin === null ? null : <Lines text={stdin} />}
        </div>
      ))}
    </section>
  );
}

const MOST_LINES = 400;

function Lines({ text }: { readonly text: string }) {
  const lines = text.trimEnd().split('\n');
  return (
    <pre className="stdin" aria-label="Its input">
      {lines.slice(0, MOST_LINES).map((line, index) => (
        <span key={index}>
          <Text>{line.replaceAll('\t', '  ')}</Text>
          {'\n'}
        </span>
      ))}
      {lines.length > MOST_LINES ? `… and ${String(lines.length - MOST_LINES)} lines more` : ''}
    </pre>
  );
}
