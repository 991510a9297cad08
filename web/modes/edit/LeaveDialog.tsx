import { useEffect, useRef } from 'react';
import type { Editing } from './useEditing.ts';

interface LeaveDialogProps {
  readonly editing: Editing;
  /** Whether the editor is left. */
  readonly onDone: (leave: boolean) => void;
}

/** Asks what becomes of what was typed. */
export function LeaveDialog({ editing, onDone }: LeaveDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const saved = async (): Promise<void> => {
    onDone(await editing.save());
  };
  return (
    <dialog
      ref={dialog}
      className="leave"
      aria-labelledby="leave-title"
      onKeyDown={(event) => {
        event.stopPropagation();
      }}
      onCancel={() => {
        onDone(false);
      }}
    >
      <h1 id="leave-title">Your changes are not saved</h1>
      <p>What you keep for later is there when you open the editor again, as long as this page stays open.</p>
      <p className="choices">
        <button type="button" className="plain main" onClick={() => void saved()}>
          Save
        </button>
        <button
          type="button"
          className="plain"
          onClick={() => {
            onDone(true);
          }}
        >
          Keep for later
        </button>
        <button
          type="button"
          className="plain"
          onClick={() => {
            editing.discard();
            onDone(true);
          }}
        >
          Discard
        </button>
        <button
          type="button"
          className="plain"
          onClick={() => {
            onDone(false);
          }}
        >
          Stay
        </button>
      </p>
    </dialog>
  );
}
