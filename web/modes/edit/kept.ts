/** Texts that were typed and not saved, by the path of their file: they outlive the editor, and closing the tab asks for them. */
export interface Unsaved {
  readonly text: string;
  /** Hash of what it was made from, and that text. */
  readonly base: { readonly hash: string; readonly text: string };
}

const unsaved = new Map<string, Unsaved>();

export function unsavedOf(file: string): Unsaved | undefined {
  return unsaved.get(file);
}

/** `null`: there is nothing to lose. */
export function keepUnsaved(file: string, text: Unsaved | null): void {
  if (text === null) unsaved.delete(file);
  else unsaved.set(file, text);
  if (unsaved.size > 0) window.addEventListener('beforeunload', ask);
  else window.removeEventListener('beforeunload', ask);
}

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
