import { AccountButton } from '../account/AccountButton.tsx';
import { Text } from '../ui/Text.tsx';

export function Waiting() {
  return <div className="notice quiet">Loading …</div>;
}

/** It was not used for long, was ended, or its server was started again. */
export function SessionOver() {
  return (
    <div className="notice" role="alert">
      <h1>This session is over</h1>
      <p>
        <button
          type="button"
          className="plain"
          onClick={() => {
            window.location.reload();
          }}
        >
          Sign in again
        </button>
      </p>
      <p className="said">
        Where nobody signs in: open the link that was printed when the server was started, or type r and Enter in that
        terminal for a new one.
      </p>
    </div>
  );
}

export function EmptyFolder() {
  return (
    <div className="notice">
      <h1>No topology here</h1>
      <p>
        The folder that is served, and the folders in it, hold no file with the key <code>topology</code>. Write one and
        come back to this window: it looks again.
      </p>
      <p>
        <AccountButton />
      </p>
    </div>
  );
}

export function FailedRequest({ error }: { readonly error: Error }) {
  return (
    <div className="notice" role="alert">
      <h1>The server did not answer as it should</h1>
      <p>
        <Text>{error.message}</Text>
      </p>
    </div>
  );
}
