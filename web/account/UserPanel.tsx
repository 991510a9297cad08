import type { SubmitEvent } from 'react';
import { useState } from 'react';
import type { Role } from '../../server/core/role.ts';
import { call } from '../client/client.ts';
import { useAnswer } from '../client/useAnswer.ts';
import { RequestNotice } from '../ui/FailureNotice.tsx';
import { Text } from '../ui/Text.tsx';
import { Once, RoleSelect, SureButton, Table, Time } from './parts.tsx';
import { useTask } from './useTask.ts';

/** Who may sign in, what they may, and a new one. */
export function UserPanel({ own }: { readonly own: string }) {
  const task = useTask();
  const [first, setFirst] = useState<{ readonly name: string; readonly password: string } | null>(null);
  const answered = useAnswer(`users ${String(task.done)}`, (signal) => call('GET /api/users', {}, signal));
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('view');
  if (answered.state === 'failed') return <RequestNotice error={answered.error} what="see this" />;
  const add = (event: SubmitEvent): void => {
    event.preventDefault();
    task.run(async () => {
      const { password } = await call('POST /api/users', { body: { name, role } });
      setFirst({ name, password });
      setName('');
    });
  };
  const reset = (user: string): void => {
    task.run(async () => {
      const { password } = await call('POST /api/users/:user/reset', { params: { user } });
      setFirst({ name: user, password });
    });
  };
  return (
    <>
      {answered.state === 'waiting' ? (
        <p className="quiet">Loading …</p>
      ) : (
        <Table
          label="Users"
          heads={['Name', 'Role', 'Password', 'Since', '']}
          none="There are no users: the link that is printed at the start opens the page."
          rows={answered.value.users.map((user) => ({
            key: user.name,
            cells: [
              <Text key="name">{user.name}</Text>,
              <RoleSelect
                key="role"
                label={`Role of ${user.name}`}
                value={user.role}
                disabled={task.busy}
                onChange={(next) => {
                  task.run(() =>
                    call('PUT /api/users/:user/role', { params: { user: user.name }, body: { role: next } }),
                  );
                }}
              />,
              user.temporary ? 'to be changed' : <Time key="changed" at={user.changed} />,
              <Time key="since" at={user.created} />,
              user.name === own ? (
                'you'
              ) : (
                <span key="do" className="buttons">
                  <SureButton
                    label="Reset"
                    about={`the password of ${user.name}`}
                    disabled={task.busy}
                    onSure={() => {
                      reset(user.name);
                    }}
                  />
                  <SureButton
                    label="Remove"
                    about={user.name}
                    disabled={task.busy}
                    onSure={() => {
                      task.run(() => call('DELETE /api/users/:user', { params: { user: user.name } }));
                    }}
                  />
                </span>
              ),
            ],
          }))}
        />
      )}
      {first === null ? null : (
        <Once secret={first.password}>
          The password for the first sign-in of <Text>{first.name}</Text>, who then chooses another. It is shown this
          once:
        </Once>
      )}
      <form onSubmit={add}>
        <h2>A new user</h2>
        <label>
          Name
          <input
            value={name}
            maxLength={64}
            required
            pattern="[a-z0-9][a-z0-9._@+\-]*"
            title="a-z, 0-9, and . _ @ + -"
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              setName(event.target.value);
            }}
          />
        </label>
        <label>
          Role
          <RoleSelect label="Role" value={role} onChange={setRole} />
        </label>
        <button type="submit" className="plain" disabled={task.busy}>
          Add
        </button>
      </form>
      {task.error === null ? null : <RequestNotice error={task.error} what="do that" />}
    </>
  );
}
