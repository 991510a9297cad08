import { useEffect, useRef } from 'react';
import type { Account } from '../../server/api/schema/account.ts';
import { call } from '../client/client.ts';
import { useAnswer } from '../client/useAnswer.ts';
import { RequestNotice } from '../ui/FailureNotice.tsx';
import type { Tab } from '../ui/Tabs.tsx';
import { Tabs } from '../ui/Tabs.tsx';
import './account.css';
import { AttemptTable } from './AttemptTable.tsx';
import { OwnPanel } from './OwnPanel.tsx';
import { SessionTable } from './SessionTable.tsx';
import { TokenPanel } from './TokenPanel.tsx';
import { UserPanel } from './UserPanel.tsx';

/** Who somebody is here, where that one is signed in, and for admins who else may, and what was tried. */
export function AccountDialog({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const answered = useAnswer('account', (signal) => call('GET /api/account', {}, signal));
  return (
    <dialog
      ref={dialog}
      className="account"
      aria-label="Account"
      onClose={onClose}
      // The keys of the page are not those of the dialog.
      onKeyDown={(event) => {
        event.stopPropagation();
      }}
    >
      <button
        type="button"
        className="close"
        aria-label="Close"
        title="Close (Esc)"
        onClick={() => {
          dialog.current?.close();
        }}
      >
        ×
      </button>
      {answered.state === 'failed' ? <RequestNotice error={answered.error} what="see this" /> : null}
      {answered.state === 'ready' ? <Tabs label="Account" tabs={tabsOf(answered.value)} /> : null}
    </dialog>
  );
}

function tabsOf(account: Account): readonly Tab[] {
  const own: readonly Tab[] = [
    { id: 'own', label: 'Account', panel: <OwnPanel account={account} /> },
    { id: 'sessions', label: 'Sessions', panel: <SessionTable /> },
  ];
  const tokens: readonly Tab[] =
    account.by === 'session' ? [{ id: 'tokens', label: 'Tokens', panel: <TokenPanel role={account.role} /> }] : [];
  const all: readonly Tab[] =
    account.role === 'admin'
      ? [
          { id: 'users', label: 'Users', panel: <UserPanel own={account.name} /> },
          { id: 'attempts', label: 'Attempts', panel: <AttemptTable /> },
        ]
      : [];
  return [...own, ...tokens, ...all];
}
