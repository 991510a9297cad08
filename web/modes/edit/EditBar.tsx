import type { ReactNode, SubmitEvent } from 'react';
import { useState } from 'react';
import { formatAddress } from '../../app/address.ts';
import { call, RequestFailed } from '../../client/client.ts';
import { Text } from '../../ui/Text.tsx';
import type { Stage } from '../mode.ts';
import type { Editing } from './useEditing.ts';

interface EditBarProps {
  readonly stage: Stage;
  readonly editing: Editing;
  readonly writable: boolean;
  /** Says which file it is. */
  readonly chooser: ReactNode;
}

/** What can be done with the text, and how it stands. */
export function EditBar({ stage, editing, writable, chooser }: EditBarProps) {
  const { dirty, beside, said, mayForce, save, format, setBeside, showOnMap } = editing;
  const [naming, setNaming] = useState(false);
  return (
    <header className="edit-bar">
      <p className="what">
        {chooser}
        <span className={dirty ? 'state unsaved' : 'state'}>
          {writable ? (dirty ? 'not saved' : 'saved') : 'you may read it only'}
        </span>
        <button type="button" className="close" aria-label="Close" title="Close" onClick={stage.close}>
          ×
        </button>
      </p>
      <p className="acts">
        <button
          type="button"
          className="plain main"
          title="Write the file (Ctrl-S)"
          disabled={!dirty || !writable}
          onClick={() => void save()}
        >
          Save
        </button>
        {mayForce ? (
          <button
            type="button"
            className="plain"
            title="Write it although it cannot be read"
            onClick={() => void save(true)}
          >
            Save anyway
          </button>
        ) : null}
        <button
          type="button"
          className="plain"
          aria-pressed={beside !== 'nothing'}
          title="Your text and the saved file, side by side"
          disabled={beside === 'nothing' && !dirty}
          onClick={() => {
            setBeside(beside === 'nothing' ? 'saved' : 'nothing');
          }}
        >
          Compare
        </button>
        <button
          type="button"
          className="plain"
          title="As `fmt` writes it (Shift-Alt-F)"
          disabled={!writable}
          onClick={format}
        >
          Format
        </button>
        <button type="button" className="plain" title="What stands at the cursor (Alt-Enter)" onClick={showOnMap}>
          Show on map
        </button>
        <button
          type="button"
          className="plain"
          aria-expanded={naming}
          title="A new topology in this folder"
          onClick={() => {
            setNaming(!naming);
          }}
        >
          New…
        </button>
        <span role="status" className={`outcome is-${said?.tone ?? 'plain'}`}>
          {said === null ? '' : <Text>{said.text}</Text>}
        </span>
      </p>
      {naming ? <NewTopology /> : null}
    </header>
  );
}

function NewTopology() {
  const [name, setName] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const make = (event: SubmitEvent): void => {
    event.preventDefault();
    const file = /\.ya?ml$/.test(name.trim()) ? name.trim() : `${name.trim()}.yaml`;
    call('POST /api/topologies', { body: { name: file } }).then(
      (made) => {
        const address = { mode: 'edit', chosen: null, toggled: [], kept: {} };
        window.location.assign(`/${formatAddress({ ...address, topology: made.name })}`);
      },
      (error: unknown) => {
        const refused = error instanceof RequestFailed && error.failure?.kind === 'usage';
        setWrong(
          refused ? 'Letters, digits, dots, dashes and underscores; at most one folder in front.' : String(error),
        );
      },
    );
  };
  return (
    <form className="naming" onSubmit={make}>
      <label>
        File
        <input
          value={name}
          placeholder="office.yaml"
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
      </label>
      <button type="submit" className="plain" disabled={name.trim() === ''}>
        Create
      </button>
      {wrong === null ? null : (
        <span role="alert" className="outcome is-bad">
          <Text>{wrong}</Text>
        </span>
      )}
    </form>
  );
}
