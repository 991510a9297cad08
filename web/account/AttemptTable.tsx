import { useState } from 'react';
import type { AttemptList } from '../../server/api/schema/account.ts';
import { call } from '../client/client.ts';
import { useAnswer } from '../client/useAnswer.ts';
import { RequestNotice } from '../ui/FailureNotice.tsx';
import { Text } from '../ui/Text.tsx';
import { Table, Time } from './parts.tsx';

const COUNT = 100;

type Attempt = AttemptList['attempts'][number];

/** Who tried what, newest first; and whether somebody edited the log of it. */
export function AttemptTable() {
  const [before, setBefore] = useState<number | undefined>(undefined);
  const answered = useAnswer(`attempts ${String(before)}`, (signal) =>
    call('GET /api/attempts', { query: { count: COUNT, ...(before === undefined ? {} : { before }) } }, signal),
  );
  if (answered.state === 'failed') return <RequestNotice error={answered.error} what="see this" />;
  if (answered.state === 'waiting') return <p className="quiet">Loading …</p>;
  const { attempts, brokenAt, cutOff } = answered.value;
  const last = attempts.at(-1)?.number;
  return (
    <>
      {brokenAt === null && cutOff.length === 0 ? null : (
        <p className="failure" role="alert">
          <b>The log was changed by somebody other than Trunkline.</b>{' '}
          {brokenAt === null ? null : `Entry ${String(brokenAt)} does not follow from the one before it. `}
          {cutOff.map(({ from, to }) => `Entries ${String(from)} to ${String(to)} were there, and are gone. `)}
        </p>
      )}
      <Table
        label="Attempts"
        heads={['When', 'Who', 'What', 'About', 'From', 'Result']}
        none="Nothing was tried yet."
        rows={attempts.map((attempt) => ({
          key: String(attempt.number),
          cells: [
            <Time key="when" at={attempt.at} />,
            <Text key="who">{attempt.who}</Text>,
            <Text key="what">{attempt.what}</Text>,
            <Text key="about">{Object.values(attempt.which).join(', ')}</Text>,
            <Text key="from">{attempt.address ?? ''}</Text>,
            <Result key="result" attempt={attempt} />,
          ],
        }))}
      />
      <p className="buttons">
        <button
          type="button"
          className="plain"
          disabled={before === undefined}
          onClick={() => {
            setBefore(undefined);
          }}
        >
          Newest
        </button>
        <button
          type="button"
          className="plain"
          disabled={last === undefined || last === 1}
          onClick={() => {
            setBefore(last);
          }}
        >
          Older
        </button>
      </p>
    </>
  );
}

const WORDS: Readonly<Record<string, string>> = {
  asked: 'begun',
  answered: 'answered',
  refused: 'refused',
  'signed-in': 'signed in',
  'not-signed-in': 'not signed in',
  commanded: 'on the command line',
  cut: 'the log was too long',
};

function Result({ attempt: { event, status, why, more } }: { readonly attempt: Attempt }) {
  const bad = event === 'refused' || event === 'not-signed-in' || (status ?? 0) >= 400;
  const parts = [WORDS[event] ?? event, status === null ? '' : String(status), why ?? ''].filter((part) => part !== '');
  return (
    <span className={bad ? 'bad' : undefined}>
      <Text>{parts.join(', ')}</Text>
      {more > 0 ? `, and ${String(more)} more` : ''}
    </span>
  );
}
