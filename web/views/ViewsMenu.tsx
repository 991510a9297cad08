import type { SubmitEvent } from 'react';
import { useState } from 'react';
import type { View } from '../../server/api/schema/views.ts';
import { viewAddress } from '../app/address.ts';
import { call } from '../client/client.ts';
import { useAnswer } from '../client/useAnswer.ts';
import { Text } from '../ui/Text.tsx';
import { Menu } from './Menu.tsx';

interface ViewsMenuProps {
  readonly topology: string;
  readonly onView: (address: string) => void;
  readonly onClose: () => void;
}

/** Views that were saved, and a name for the one that is shown. */
export function ViewsMenu({ topology, onView, onClose }: ViewsMenuProps) {
  const answered = useAnswer(`views ${topology}`, (signal) =>
    call('GET /api/topologies/:name/views', { params: { name: topology } }, signal),
  );
  const [changed, setChanged] = useState<readonly View[] | null>(null);
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const views = changed ?? (answered.state === 'ready' ? answered.value.views : []);
  const failed = problem ?? (answered.state === 'failed' ? answered.error.message : null);

  const after = (asked: Promise<{ readonly views: readonly View[] }>): void => {
    asked.then(
      (answer) => {
        setChanged(answer.views);
        setProblem(null);
        setName('');
      },
      (error: unknown) => {
        setProblem(error instanceof Error ? error.message : String(error));
      },
    );
  };
  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    const body = { address: viewAddress(window.location.search), shared };
    const params = { name: topology, view: name.trim() };
    after(call('PUT /api/topologies/:name/views/:view', { params, body }));
  };
  const remove = (view: string): void => {
    after(call('DELETE /api/topologies/:name/views/:view', { params: { name: topology, view } }));
  };
  return (
    <Menu label="Saved views" onClose={onClose}>
      {views.length === 0 ? <p className="quiet">No view is saved yet.</p> : null}
      {views.map((view) => (
        <div key={`${view.name} ${view.owner}`} className="view">
          <button
            type="button"
            onClick={() => {
              onView(view.address);
              onClose();
            }}
          >
            <Text>{view.name}</Text>
            {view.own ? null : (
              <span className="where">
                <Text>{view.owner}</Text>
              </span>
            )}
          </button>
          {view.own ? (
            <button
              type="button"
              className="small"
              aria-label={`Delete ${view.name}`}
              title="Delete"
              onClick={() => {
                remove(view.name);
              }}
            >
              ×
            </button>
          ) : null}
        </div>
      ))}
      <form onSubmit={save}>
        <input
          aria-label="Name of the view"
          placeholder="Save this view as …"
          maxLength={60}
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
        <label className="tick">
          <input
            type="checkbox"
            checked={shared}
            onChange={(event) => {
              setShared(event.target.checked);
            }}
          />
          for everybody
        </label>
        <button type="submit" className="plain" disabled={name.trim() === ''}>
          Save
        </button>
      </form>
      {failed === null ? null : (
        <p role="alert">
          <Text>{failed}</Text>
        </p>
      )}
    </Menu>
  );
}
