import { lazy, Suspense, useState } from 'react';

const AccountDialog = lazy(async () => ({ default: (await import('./AccountDialog.tsx')).AccountDialog }));

/** Opens what is about who may: one's own account, and for admins those of all. */
export function AccountButton() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="plain"
        title="Your account, sessions and tokens; users and attempts for admins"
        aria-haspopup="dialog"
        onClick={() => {
          setOpen(true);
        }}
      >
        Account
      </button>
      {open ? (
        <Suspense fallback={null}>
          <AccountDialog
            onClose={() => {
              setOpen(false);
            }}
          />
        </Suspense>
      ) : null}
    </>
  );
}
