import type { SubmitEvent } from 'react';
import { useState } from 'react';
import type { Role } from '../../server/core/role.ts';
import { call } from '../client/client.ts';
import { useAnswer } from '../client/useAnswer.ts';
import { RequestNotice } from '../ui/FailureNotice.tsx';
import { Text } from '../ui/Text.tsx';
import { Once, RoleSelect, SureButton, Table, Time } from './parts.tsx';
import type { Task } from './useTask.ts';
import { useTask } from './useTask.ts';

/** Tokens for programs: what there are, revoking them, and a new one. */
export function TokenPanel({ role }: { readonly role: Role }) {
  const task = useTask();
  const [secret, setSecret] = useState<string | null>(null);
  const answered = useAnswer(`tokens ${String(task.done)}`, (signal) => call('GET /api/tokens', {}, signal));
  if (answered.state === 'failed') return <RequestNotice error={answered.error} what="see this" />;
  return (
    <>
      {answered.state === 'waiting' ? (
        <p className="quiet">Loading …</p>
      ) : (
        <Table
          label="Tokens"
          heads={['For', 'Role', 'Topologies', 'Until', 'Used', '']}
          none="You have no tokens. A program sends one as Authorization: Bearer …"
          rows={answered.value.tokens.map((token) => ({
            key: token.id,
            cells: [
              <Text key="for">{token.label}</Text>,
              token.role,
              token.topologies === null ? 'all' : <Text key="on">{token.topologies.join(', ')}</Text>,
              token.over ? 'over' : <Time key="until" at={token.expires} />,
              token.seen === null ? 'never' : <Time key="used" at={token.seen} />,
              <SureButton
                key="revoke"
                label="Revoke"
                about={`the token for ${token.label}`}
                disabled={task.busy}
                onSure={() => {
                  setSecret(null);
                  task.run(() => call('DELETE /api/tokens/:token', { params: { token: token.id } }));
                }}
              />,
            ],
          }))}
        />
      )}
      {secret === null ? null : <Once secret={secret}>The new token. It is shown this once:</Once>}
      <NewToken role={role} task={task} onMade={setSecret} />
      {task.error === null ? null : <RequestNotice error={task.error} what="do that" />}
    </>
  );
}

interface NewTokenProps {
  readonly role: Role;
  readonly task: Task;
  readonly onMade: (secret: string) => void;
}

function NewToken({ role: most, task, onMade }: NewTokenProps) {
  const [label, setLabel] = useState('');
  const [role, setRole] = useState<Role>('view');
  const [days, setDays] = useState('30');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const answered = useAnswer('topologies', (signal) => call('GET /api/topologies', {}, signal));
  const names = answered.state === 'ready' ? answered.value.topologies.map(({ name }) => name) : [];
  const make = (event: SubmitEvent): void => {
    event.preventDefault();
    task.run(async () => {
      const topologies = chosen.length === 0 ? null : [...chosen];
      const body = { label, role, topologies, days: Number(days) };
      onMade((await call('POST /api/tokens', { body })).secret);
      setLabel('');
    });
  };
  return (
    <form onSubmit={make}>
      <h2>A new token</h2>
      <label>
        What for
        <input
          value={label}
          maxLength={100}
          required
          onChange={(event) => {
            setLabel(event.target.value);
          }}
        />
      </label>
      <label>
        What it may
        <RoleSelect label="What it may" value={role} most={most} onChange={setRole} />
      </label>
      <label>
        Days
        <input
          type="number"
          min={1}
          max={365}
          required
          value={days}
          onChange={(event) => {
            setDays(event.target.value);
          }}
        />
      </label>
      <fieldset>
        <legend>Only for these topologies (none chosen: for all)</legend>
        {names.map((name) => (
          <label key={name} className="tick">
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={(event) => {
                const others = chosen.filter((each) => each !== name);
                setChosen(event.target.checked ? [...others, name] : others);
              }}
            />
            <Text>{name}</Text>
          </label>
        ))}
      </fieldset>
      <button type="submit" className="plain" disabled={task.busy}>
        Make it
      </button>
    </form>
  );
}
