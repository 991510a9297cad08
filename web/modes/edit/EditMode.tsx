import { useEffect, useRef, useState } from 'react';
import type { TopologyFileText } from '../../../server/api/schema/file.ts';
import { call } from '../../client/client.ts';
import { useAnswer } from '../../client/useAnswer.ts';
import { FailedRequest, Waiting } from '../../views/Notices.tsx';
import type { Stage } from '../mode.ts';
import './edit.css';
import { EditBar } from './EditBar.tsx';
import { LeaveDialog } from './LeaveDialog.tsx';
import { ProblemList } from './ProblemList.tsx';
import { useEditing } from './useEditing.ts';
import type { Schema } from './yaml/schema.ts';

/** The text of the topology beside its map. */
export function EditMode({ stage }: { readonly stage: Stage }) {
  const { name } = stage;
  const [beside, setBeside] = useState(false);
  const file = useAnswer(`file ${name}`, (signal) =>
    call('GET /api/topologies/:name/file', { params: { name } }, signal),
  );
  const account = useAnswer('account', (signal) => call('GET /api/account', {}, signal));
  const schema = useAnswer('schema', (signal) => call('GET /api/schema', {}, signal));
  return (
    <section className={beside ? 'side edit beside' : 'side edit'} aria-label="Editor">
      {file.state === 'failed' ? <FailedRequest error={file.error} /> : null}
      {schema.state === 'failed' ? <FailedRequest error={schema.error} /> : null}
      {file.state === 'waiting' || schema.state === 'waiting' || account.state === 'waiting' ? <Waiting /> : null}
      {file.state === 'ready' && schema.state === 'ready' && account.state !== 'waiting' ? (
        <Edit
          stage={stage}
          file={file.value}
          schema={schema.value.schema as Schema}
          onBeside={setBeside}
          mayWrite={file.value.writable && !(account.state === 'ready' && account.value.role === 'view')}
        />
      ) : null}
    </section>
  );
}

interface EditProps {
  readonly stage: Stage;
  readonly file: TopologyFileText;
  readonly schema: Schema;
  /** By the rights of the server, and those of who looks. */
  readonly mayWrite: boolean;
  /** Whether two texts need the room of two. */
  readonly onBeside: (beside: boolean) => void;
}

function Edit({ stage, file, schema, mayWrite, onBeside }: EditProps) {
  const editing = useEditing(stage, file, { schema, mayWrite });
  const { dirty, beside } = editing;
  useEffect(() => {
    onBeside(beside !== 'nothing');
  }, [onBeside, beside]);
  const [leaving, setLeaving] = useState<((leave: boolean) => void) | null>(null);
  const { onLeave } = stage;
  const isDirty = useRef(dirty);
  isDirty.current = dirty;
  useEffect(() => {
    onLeave(() =>
      isDirty.current
        ? new Promise<boolean>((resolve) => {
            setLeaving(() => resolve);
          })
        : Promise.resolve(true),
    );
    return () => {
      onLeave(null);
    };
  }, [onLeave]);
  const leave = (yes: boolean): void => {
    leaving?.(yes);
    setLeaving(null);
  };
  return (
    <>
      <EditBar stage={stage} editing={editing} writable={mayWrite} />
      {beside === 'nothing' ? null : (
        <p className="sides">
          <span>{beside === 'saved' ? 'Saved' : 'The file as it is now'}</span>
          <span>Yours</span>
        </p>
      )}
      <div
        className="text"
        ref={editing.host}
        onKeyDown={(event) => {
          // Letters and Escape belong to the text; the page has keys of its own for them.
          event.stopPropagation();
        }}
      />
      <ProblemList
        diagnostics={editing.checked?.diagnostics ?? stage.diagnostics}
        file={stage.name}
        onGo={editing.goTo}
      />
      {leaving === null ? null : <LeaveDialog editing={editing} onDone={leave} />}
    </>
  );
}
