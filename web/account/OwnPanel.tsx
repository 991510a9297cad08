import type { SubmitEvent } from 'react';
import { useState } from 'react';
import type { Account } from '../../server/api/schema/account.ts';
import { call } from '../client/client.ts';
import { RequestNotice } from '../ui/FailureNotice.tsx';
import { Text } from '../ui/Text.tsx';
import { useTask } from './useTask.ts';

/** Who somebody is here; signing out, and the own password. */
export function OwnPanel({ account }: { readonly account: Account }) {
  const task = useTask();
  const signOut = (): void => {
    task.run(async () => {
      await call('DELETE /api/session', {});
      window.location.assign('/');
    });
  };
  return (
    <>
      <p>
        <b>
          <Text>{account.name}</Text>
        </b>{' '}
        with the role <b>{account.role}</b>
        {account.by === 'link' ? ', by the link that was printed when the server was started' : ''}
      </p>
      <p>
        <button type="button" className="plain" disabled={task.busy} onClick={signOut}>
          {account.by === 'link' ? 'End this session' : 'Sign out'}
        </button>
      </p>
      {task.error === null ? null : <RequestNotice error={task.error} what="sign out" />}
      {account.by === 'session' ? <PasswordForm name={account.name} /> : null}
    </>
  );
}

const EMPTY = { password: '', newPassword: '', again: '' };
const FIELDS = [
  ['password', 'Present password', 'current-password'],
  ['newPassword', 'New password', 'new-password'],
  ['again', 'The same again', 'new-password'],
] as const;

function PasswordForm({ name }: { readonly name: string }) {
  const task = useTask();
  const [typed, setTyped] = useState(EMPTY);
  const [changed, setChanged] = useState(false);
  const differs = typed.again !== '' && typed.again !== typed.newPassword;
  const change = (event: SubmitEvent): void => {
    event.preventDefault();
    setChanged(false);
    task.run(async () => {
      const { password, newPassword } = typed;
      await call('PUT /api/account/password', { body: { password, newPassword } });
      setTyped(EMPTY);
      setChanged(true);
    });
  };
  return (
    <form onSubmit={change}>
      <h2>Password</h2>
      <input className="unseen" autoComplete="username" value={name} readOnly tabIndex={-1} aria-hidden="true" />
      {FIELDS.map(([field, label, complete]) => (
        <label key={field}>
          {label}
          <input
            type="password"
            autoComplete={complete}
            required
            minLength={field === 'password' ? undefined : 12}
            value={typed[field]}
            onChange={(event) => {
              setTyped({ ...typed, [field]: event.target.value });
            }}
          />
        </label>
      ))}
      <p className="hint">12 characters or more. Your other sessions end with it.</p>
      <button type="submit" className="plain" disabled={task.busy || differs || typed.again === ''}>
        Change it
      </button>
      {differs ? <p role="alert">The two new ones are not the same.</p> : null}
      {changed ? <p role="status">It is changed.</p> : null}
      {task.error === null ? null : <RequestNotice error={task.error} what="change it" />}
    </form>
  );
}
