import { useEffect, useMemo, useRef, useState } from 'react';
import type { TopologyFileText } from '../../../server/api/schema/file.ts';
import { call } from '../../client/client.ts';
import { useAnswer } from '../../client/useAnswer.ts';
import { FailedRequest, Waiting } from '../../views/Notices.tsx';
import type { Stage } from '../mode.ts';
import './edit.css';
import { EditBar } from './EditBar.tsx';
import { FileChooser } from './FileChooser.tsx';
import { LeaveDialog } from './LeaveDialog.tsx';
import { ProblemList } from './ProblemList.tsx';
import { useEditing } from './useEditing.ts';
import type { Elsewhere, Opened } from './useEditing.ts';
import type { Schema } from './yaml/schema.ts';

/** The text of the topology, or of a file that it uses, beside the map. */
export function EditMode({ stage }: { readonly stage: Stage }) {
  const { name, kept, keep } = stage;
  const [goal, setGoal] = useState<Elsewhere | null>(null);
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
          key={openedOf(file.value, kept['file']).file}
          stage={stage}
          file={file.value}
          goal={goal}
          onOpen={(path, at) => {
            setGoal(at);
            keep({ file: path === file.value.file ? null : path });
          }}
          schema={schema.value.schema as Schema}
          onBeside={setBeside}
          mayWrite={!(account.state === 'ready' && account.value.role === 'view')}
        />
      ) : null}
    </section>
  );
}

/** The part of that path; the topology itself where there is none. */
function openedOf({ parts, ...own }: TopologyFileText, path: string | undefined): Opened {
  const part = parts.find((each) => each.file === path);
  return part === undefined ? { ...own, part: undefined } : { ...part, part: part.file };
}

interface EditProps {
  readonly stage: Stage;
  readonly file: TopologyFileText;
  readonly schema: Schema;
  /** Where in the file to begin, where it was asked for. */
  readonly goal: Elsewhere | null;
  readonly onOpen: (path: string, at: Elsewhere | null) => void;
  /** By the rights of who looks. */
  readonly mayWrite: boolean;
  /** Whether two texts need the room of two. */
  readonly onBeside: (beside: boolean) => void;
}

function Edit({ stage, file, schema, goal, mayWrite, onOpen, onBeside }: EditProps) {
  const opened = useMemo(() => openedOf(file, stage.kept['file']), [file, stage.kept['file']]);
  const writable = mayWrite && opened.writable;
  const others = [file.file, ...file.parts.map((part) => part.file)].filter((path) => path !== opened.file);
  const editing = useEditing(stage, opened, {
    schema,
    mayWrite: writable,
    onElsewhere(place) {
      if (!others.includes(place.file)) return false;
      onOpen(place.file, place);
      return true;
    },
  });
  const { dirty, beside, goTo } = editing;
  useEffect(() => {
    if (goal?.file === opened.file) goTo(goal.line, goal.column);
  }, [goal, opened.file, goTo]);
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
      <EditBar
        stage={stage}
        editing={editing}
        writable={writable}
        chooser={
          <FileChooser
            file={file}
            open={opened.file}
            onOpen={(path) => {
              onOpen(path, null);
            }}
          />
        }
      />
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
        file={opened.file}
        others={others}
        onGo={(place) => {
          if (place.file === opened.file) goTo(place.line, place.column);
          else onOpen(place.file, place);
        }}
      />
      {leaving === null ? null : <LeaveDialog editing={editing} onDone={leave} />}
    </>
  );
}
