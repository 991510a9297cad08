/** The editor in its frame: one text, or two side by side. The only file that puts CodeMirror together. */
import { autocompletion } from '@codemirror/autocomplete';
import { historyField, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { lintGutter, nextDiagnostic, previousDiagnostic, setDiagnostics } from '@codemirror/lint';
import { MergeView } from '@codemirror/merge';
import type { ChangeSet, Extension, Transaction } from '@codemirror/state';
import { Compartment, EditorState } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { basicSetup } from 'codemirror';
import type { Diagnostic } from '../../../../server/api/schema/common.ts';
import type { Known } from '../yaml/names.ts';
import type { Schema } from '../yaml/schema.ts';
import { completionOf } from './completion.ts';
import { hoverOf } from './hover.ts';
import { shownProblems } from './problems.ts';
import { mergeTheme, themeOf } from './theme.ts';

export interface EditorOptions {
  /** As it is called to people. */
  readonly label: string;
  /** The one before, whose text, selection and history go on; else the text to begin with. */
  readonly from: EditorState | string;
  /** A text to compare with, on the left. */
  readonly beside: { readonly label: string; readonly text: string } | null;
  readonly readOnly: boolean;
  readonly dark: boolean;
  readonly schema: Schema;
  readonly known: () => Known;
  readonly onChange: (changes: ChangeSet) => void;
  readonly onCursor: () => void;
  /** Ctrl-S, Alt-Enter, Shift-Alt-F. */
  readonly onSave: () => void;
  readonly onShow: () => void;
  readonly onFormat: () => void;
}

export interface Editor {
  readonly view: EditorView;
  readonly setDark: (dark: boolean) => void;
  readonly setProblems: (diagnostics: readonly Diagnostic[], file: string) => void;
  readonly destroy: () => void;
}

/** Puts an editor into an element, whose shadow root keeps its styles: style sheets made by scripts are taken there only. */
export function createEditor(host: HTMLElement, options: EditorOptions): Editor {
  const root = host.shadowRoot ?? openRoot(host);
  const frame = document.createElement('div');
  frame.className = 'frame';
  root.append(frame);
  const theme = new Compartment();
  const other = new Compartment();
  const doc = typeof options.from === 'string' ? options.from : options.from.doc;
  const state = { doc, extensions: [...ownExtensions(options), theme.of(themeOf(options.dark))] };
  const merged = options.beside === null ? null : sideBySide(frame, root, options, state, other);
  const view = merged?.b ?? new EditorView({ state: EditorState.create(state), parent: frame, root });
  // What scrolls is reached by keyboard.
  for (const each of [view, ...(merged === null ? [] : [merged.a])]) each.scrollDOM.tabIndex = 0;
  if (typeof options.from !== 'string') view.dispatch({ selection: options.from.selection, scrollIntoView: true });
  return {
    view,
    setDark(dark) {
      view.dispatch({ effects: theme.reconfigure(themeOf(dark)) });
      merged?.a.dispatch({ effects: other.reconfigure(themeOf(dark)) });
    },
    setProblems(diagnostics, file) {
      const shown = shownProblems(diagnostics, file, view.state.doc);
      view.dispatch(setDiagnostics(view.state, shown));
    },
    destroy() {
      (merged ?? view).destroy();
      frame.remove();
    },
  };
}

function openRoot(host: HTMLElement): ShadowRoot {
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    '.frame { height: 100%; } .frame > .cm-mergeView { height: 100%; overflow: auto; }' +
      '.cm-merge-revert button { cursor: pointer; color: var(--accent); background: none; border: 0; font: inherit; }',
  );
  root.adoptedStyleSheets = [sheet];
  return root;
}

function sideBySide(
  parent: HTMLElement,
  root: ShadowRoot,
  { beside, dark, label }: EditorOptions,
  state: { readonly doc: EditorState['doc'] | string; readonly extensions: readonly Extension[] },
  other: Compartment,
): MergeView {
  const readOnly = [
    ...[basicSetup, yaml(), EditorState.readOnly.of(true), mergeTheme, other.of(themeOf(dark))],
    EditorView.contentAttributes.of({ 'aria-label': beside?.label ?? label }),
  ];
  return new MergeView({
    ...{ parent, root, revertControls: 'a-to-b', highlightChanges: true, gutter: true },
    a: { doc: beside?.text ?? '', extensions: readOnly },
    b: { doc: state.doc, extensions: [...state.extensions, mergeTheme] },
    collapseUnchanged: { margin: 3, minSize: 6 },
    renderRevertControl: () => {
      const button = document.createElement('button');
      button.textContent = '→';
      button.title = 'Take this over from the left';
      button.setAttribute('aria-label', button.title);
      return button;
    },
  });
}

function ownExtensions(options: EditorOptions): readonly Extension[] {
  const { from, schema, known, readOnly, label } = options;
  const text = typeof from === 'string' ? from : '';
  const before = typeof from === 'string' ? null : from;
  // A file with carriage returns keeps them.
  const separator = before?.lineBreak ?? (text.includes('\r\n') ? '\r\n' : '\n');
  return [
    keymap.of([
      { key: 'Mod-s', run: acting(options.onSave), preventDefault: true },
      { key: 'Alt-Enter', run: acting(options.onShow) },
      { key: 'Shift-Alt-f', run: acting(options.onFormat) },
      { key: 'F8', run: nextDiagnostic, shift: previousDiagnostic },
      indentWithTab,
    ]),
    basicSetup,
    ...(before === null ? [] : [historyField.init(() => before.field(historyField))]),
    yaml(),
    autocompletion({ override: [completionOf(schema, known)], icons: false }),
    hoverOf(schema),
    lintGutter(),
    EditorState.lineSeparator.of(separator),
    EditorState.readOnly.of(readOnly),
    EditorView.contentAttributes.of({ 'aria-label': label }),
    EditorView.updateListener.of(({ docChanged, changes, transactions }) => {
      if (docChanged) options.onChange(changes);
      if (transactions.some((each: Transaction) => each.selection !== undefined)) options.onCursor();
    }),
  ];
}

function acting(act: () => void): () => boolean {
  return () => {
    act();
    return true;
  };
}
