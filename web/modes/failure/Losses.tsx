import type { ReactNode } from 'react';
import { useState } from 'react';
import type { RehearsalAnswer } from '../../../server/api/schema/rehearsal.ts';
import { Text } from '../../ui/Text.tsx';
import { Line } from '../Line.tsx';
import type { Stage } from '../mode.ts';
import type { Left } from './down.ts';
import { worstFirst } from './down.ts';

interface LossesProps {
  readonly answer: RehearsalAnswer;
  readonly stage: Stage;
}

const MOST = 60;

/** What is lost, what takes over, and what stays. */
export function Losses({ answer, stage }: LossesProps) {
  const { promises, gateways, guests, networks, displaced, notes } = answer;
  const missed = worstFirst(promises).filter(({ outcome }) => outcome !== 'kept' && outcome !== 'before');
  const kept = promises.filter(({ outcome }) => outcome === 'kept').length;
  const broken = missed.filter(({ promised }) => promised).length;
  return (
    <>
      <p className={`verdict ${missed.length === 0 ? 'good' : 'bad'}`} role="status">
        <b>
          {missed.length === 0
            ? 'Every line of the file is kept'
            : `${countText(missed.length, 'line')} of the file not kept`}
        </b>
        <span className="said">
          {kept} kept{broken === 0 ? '' : `; ${String(broken)} that the file promises for this very case`}
          {gateways.length === 0 ? '' : `; ${gatewaysText(answer)}`}
        </span>
      </p>
      <List title="Not kept" of={missed}>
        {(each, at) => <Missed key={at} left={each} stage={stage} />}
      </List>
      <Displaced of={displaced} />
      <List title="Gateways" of={gateways}>
        {({ name, state, before, now }) => (
          <li key={name} className={state}>
            <b>
              <Text>{name}</Text>
            </b>{' '}
            <State of={state} />
            <span className="said">
              {state === 'taken-over' ? (
                <>
                  from <Text>{before ?? ''}</Text> to <Text>{now ?? ''}</Text>
                </>
              ) : null}
              {state === 'degraded' ? (
                <>
                  <Text>{now ?? ''}</Text> goes on, with nobody to take over
                </>
              ) : null}
              {state === 'lost' ? 'no member is up' : null}
            </span>
          </li>
        )}
      </List>
      <List title="Networks" of={networks}>
        {({ name, state, why }) => <Named key={name} {...{ name, state, why }} />}
      </List>
      <List title="Guests" of={guests}>
        {({ name, state, why }) => <Named key={name} {...{ name, state, why }} />}
      </List>
      {notes.map((note) => (
        <p key={note} className="quiet">
          <Text>{note}</Text>
        </p>
      ))}
    </>
  );
}

function countText(count: number, word: string): string {
  return `${String(count)} ${word}${count === 1 ? '' : 's'}`;
}

function gatewaysText({ gateways }: RehearsalAnswer): string {
  const counts = [...Map.groupBy(gateways, ({ state }) => state)];
  return counts.map(([state, list]) => `${countText(list.length, 'gateway')} ${WORDS[state]}`).join(', ');
}

type State = RehearsalAnswer['guests' | 'gateways' | 'networks'][number]['state'] | Left['outcome'];

const WORDS: Readonly<Record<State, string>> = {
  lost: 'lost',
  degraded: 'degraded',
  'taken-over': 'taken over',
  kept: 'kept',
  down: 'down',
  restarts: 'restarts elsewhere',
  'cut-off': 'cut off',
  'no-router': 'nothing leaves it',
  unknown: 'cannot be said',
  before: 'not kept with all hosts up, either',
};

const SIGNS: Readonly<Record<State, string>> = {
  ...{ lost: '✕', degraded: '◐', 'taken-over': '⇄', kept: '✓', down: '✕', restarts: '⇄' },
  ...{ 'cut-off': '✕', 'no-router': '✕', unknown: '?', before: '–' },
};

function State({ of }: { readonly of: State }) {
  return (
    <span className={`state ${of}`}>
      <span aria-hidden="true">{SIGNS[of]}</span> {WORDS[of]}
    </span>
  );
}

/** Who is started where, and who finds no room. */
function Displaced({ of: { moved, homeless, outcome } }: { readonly of: RehearsalAnswer['displaced'] }) {
  return (
    <>
      <List title="No place left" of={homeless}>
        {({ name, protection, why }) => (
          <li key={name}>
            <b>
              <Text>{name}</Text>
            </b>{' '}
            <span className={`state ${protection === 'protected' ? 'lost' : 'degraded'}`}>{protection}</span>
            <span className="said">
              <Text>{why}</Text>
            </span>
          </li>
        )}
      </List>
      {outcome === 'unknown' ? (
        <p className="quiet">Whether all that are protected would fit in another way is not known.</p>
      ) : null}
      <List title="Started elsewhere" of={moved}>
        {({ name, from, to }) => (
          <li key={name}>
            <b>
              <Text>{name}</Text>
            </b>{' '}
            <span className="said">
              {from === null ? null : (
                <>
                  from <Text>{from}</Text>{' '}
                </>
              )}
              to <Text>{to}</Text>
            </span>
          </li>
        )}
      </List>
    </>
  );
}

interface NamedProps {
  readonly name: string;
  readonly state: State;
  readonly why: string;
}

function Named({ name, state, why }: NamedProps) {
  return (
    <li>
      <b>
        <Text>{name}</Text>
      </b>{' '}
      <State of={state} />
      <span className="said">
        <Text>{why}</Text>
      </span>
    </li>
  );
}

function Missed({ left, stage }: { readonly left: Left; readonly stage: Stage }) {
  const { text, place, outcome, promised, probes, failing, endDown, example } = left;
  const without = stage.kept['down'];
  return (
    <li>
      <State of={outcome} /> {promised ? <span className="state lost">promised for this case</span> : null}{' '}
      <Line stage={stage} file={place.file} line={place.line} />
      <p className="failure-text">
        <Text>{text}</Text>
      </p>
      <p className="said">
        {probes > 1 ? `${String(failing)} of ${String(probes)} flows; ` : ''}
        {example === null ? null : <Text>{example.why}</Text>}
        {example === null || endDown === failing ? null : (
          <button
            type="button"
            className="link"
            onClick={() => {
              const { from, to, service } = example;
              stage.enter('packet', { from, to, port: service, ...(without === undefined ? {} : { without }) });
            }}
          >
            follow it
          </button>
        )}
      </p>
    </li>
  );
}

interface ListProps<T> {
  readonly title: string;
  readonly of: readonly T[];
  readonly children: (each: T, at: number) => ReactNode;
}

function List<T>({ title, of, children }: ListProps<T>) {
  const [whole, setWhole] = useState(false);
  if (of.length === 0) return null;
  return (
    <>
      <h2>
        {title} <span className="count">{of.length}</span>
      </h2>
      <ul className="failure-list">{(whole ? of : of.slice(0, MOST)).map(children)}</ul>
      {of.length <= MOST || whole ? null : (
        <button
          type="button"
          className="link"
          onClick={() => {
            setWhole(true);
          }}
        >
          show all {of.length}
        </button>
      )}
    </>
  );
}
