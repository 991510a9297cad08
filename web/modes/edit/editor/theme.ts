/**
 * How the editor looks: the colours of the page, light and dark. Pictures of the libraries are `data:` addresses, which the policy
 * of the page refuses, so lines and marks are drawn without.
 */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const HIGHLIGHT = HighlightStyle.define([
  { tag: tags.definition(tags.propertyName), color: 'var(--accent)' },
  { tag: tags.propertyName, color: 'var(--accent)' },
  { tag: [tags.string, tags.attributeValue], color: 'var(--good)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--muted)' },
]);

const button = {
  font: 'inherit',
  fontSize: '13px',
  padding: '3px 9px',
  color: 'var(--text)',
  backgroundColor: 'var(--surface)',
  backgroundImage: 'none',
  border: '1px solid var(--line)',
  borderRadius: '6px',
  cursor: 'pointer',
};

const tooltip = {
  color: 'var(--text)',
  backgroundColor: 'var(--surface)',
  border: '1px solid var(--line)',
  borderRadius: '8px',
  boxShadow: '0 6px 24px rgb(10 20 30 / 18%)',
  fontFamily: 'system-ui, sans-serif',
  overflow: 'hidden',
};

const SPEC = {
  '&': { height: '100%', fontSize: '13px', color: 'var(--text)', backgroundColor: 'var(--surface)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--text)', paddingBottom: '40vh' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--text)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 28%, transparent)',
  },
  '.cm-gutters': {
    color: 'var(--muted)',
    backgroundColor: 'var(--surface)',
    border: 'none',
    borderRight: '1px solid var(--line)',
  },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent) 6%, transparent)' },
  '.cm-activeLineGutter': { color: 'var(--text)', backgroundColor: 'var(--accent-soft)' },
  '.cm-line.cm-shown': { backgroundColor: 'color-mix(in srgb, var(--accent) 16%, transparent)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    color: 'inherit',
    backgroundColor: 'var(--accent-soft)',
    outline: '1px solid var(--accent)',
  },
  '.cm-foldPlaceholder': { color: 'var(--muted)', backgroundColor: 'var(--ground)', border: '1px solid var(--line)' },
  '.cm-selectionMatch, .cm-searchMatch': { backgroundColor: 'color-mix(in srgb, var(--warning) 30%, transparent)' },
  '.cm-searchMatch.cm-searchMatch-selected': { outline: '1px solid var(--warning)' },
  '.cm-panels': { color: 'var(--text)', backgroundColor: 'var(--ground)', borderColor: 'var(--line)' },
  '.cm-panels.cm-panels-top, .cm-panels.cm-panels-bottom': { borderColor: 'var(--line)' },
  '.cm-panel.cm-search': { padding: '8px 10px', fontFamily: 'system-ui, sans-serif' },
  '.cm-panel.cm-search label': { fontSize: '13px' },
  '.cm-textfield': {
    ...button,
    cursor: 'text',
  },
  '.cm-button': button,
  '.cm-button:active': { backgroundImage: 'none' },
  '.cm-tooltip': tooltip,
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'ui-monospace, "DejaVu Sans Mono", monospace',
    fontSize: '13px',
    maxHeight: '18em',
    minWidth: '22em',
    maxWidth: '40em',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px', lineHeight: '1.5' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    color: 'var(--text)',
    backgroundColor: 'var(--accent-soft)',
  },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700', color: 'var(--accent)' },
  '.cm-completionDetail': {
    marginLeft: '1em',
    color: 'var(--muted)',
    fontStyle: 'normal',
    fontFamily: 'system-ui, sans-serif',
    fontSize: '12px',
  },
  '.cm-tooltip.cm-completionInfo': { padding: '8px 11px', maxWidth: '320px', fontSize: '13px' },
  '.cm-explained': { padding: '9px 12px', maxWidth: '420px', fontSize: '13px', lineHeight: '1.45' },
  '.cm-explained p': { margin: '0' },
  '.cm-explained .cm-takes': { color: 'var(--muted)', marginTop: '4px' },
  '.cm-explained code': { fontFamily: 'ui-monospace, "DejaVu Sans Mono", monospace', fontSize: '12px' },
  '.cm-diagnostic': { padding: '7px 11px', borderLeft: '3px solid var(--error)', maxWidth: '560px', fontSize: '13px' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warning)' },
  '.cm-diagnostic b': { display: 'block' },
  '.cm-diagnostic .cm-hint': { display: 'block', color: 'var(--muted)' },
  '.cm-tooltip-lint': { padding: '0' },
  '.cm-lintRange': { backgroundImage: 'none', paddingBottom: '0' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--error) 1px',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--warning) 1px',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-active': { backgroundColor: 'color-mix(in srgb, var(--warning) 18%, transparent)' },
  '.cm-lintPoint::after': { borderBottomColor: 'var(--error)' },
  '.cm-gutter-lint': { width: '14px' },
  '.cm-gutter-lint .cm-gutterElement': { padding: '0' },
  '.cm-lint-marker': { width: '9px', height: '9px', margin: '5px 0 0 3px', borderRadius: '50%' },
  '.cm-lint-marker-error': { content: 'normal', backgroundColor: 'var(--error)' },
  '.cm-lint-marker-warning': { content: 'normal', backgroundColor: 'var(--warning)', borderRadius: '1px' },
};

/** `dark` chooses what the libraries bring themselves; the colours of the page follow by their variables. */
export function themeOf(dark: boolean): Extension {
  return [EditorView.theme(SPEC, { dark }), syntaxHighlighting(HIGHLIGHT)];
}

const MERGE = {
  '&.cm-merge-a .cm-changedLine': { backgroundColor: 'color-mix(in srgb, var(--error) 11%, transparent)' },
  '&.cm-merge-b .cm-changedLine': { backgroundColor: 'color-mix(in srgb, var(--good) 13%, transparent)' },
  '&.cm-merge-a .cm-changedText': {
    background: 'color-mix(in srgb, var(--error) 26%, transparent)',
    borderRadius: '2px',
  },
  '&.cm-merge-b .cm-changedText': {
    background: 'color-mix(in srgb, var(--good) 28%, transparent)',
    borderRadius: '2px',
  },
  '&.cm-merge-a .cm-changedLineGutter': { background: 'var(--error)' },
  '&.cm-merge-b .cm-changedLineGutter': { background: 'var(--good)' },
  '.cm-collapsedLines': {
    color: 'var(--muted)',
    background: 'var(--ground)',
    padding: '3px 12px',
    fontFamily: 'system-ui, sans-serif',
  },
  '.cm-collapsedLines::before, .cm-collapsedLines::after': { content: '"⋯"' },
  '.cm-content': { paddingBottom: '8px' },
};

/** Side by side there is half the room. */
export const mergeTheme: Extension = [EditorView.theme(MERGE), EditorView.lineWrapping];
