/** What `check` says of the text, in the text. */
import type { Diagnostic as Shown } from '@codemirror/lint';
import type { Text } from '@codemirror/state';
import type { Diagnostic } from '../../../../server/api/schema/common.ts';
import { plainText } from '../../../ui/plain.ts';
import { scan } from '../yaml/scan.ts';

/** Of one file; those of its parts have no place in its text. */
export function shownProblems(diagnostics: readonly Diagnostic[], file: string, text: Text): readonly Shown[] {
  const { entries } = scan(text.toString());
  const ends = new Map(entries.map(({ from, to }) => [from, to]));
  return diagnostics
    .filter((each) => each.file === file)
    .map((each) => {
      const from = offsetIn(text, each.line, each.column);
      const to = ends.get(from) ?? wordEnd(text, from);
      const message = plainText([each.summary, each.detail, each.hint ?? ''].join(' '));
      return { from, to, severity: each.severity, message, renderMessage: () => messageOf(each) };
    });
}

export function offsetIn(text: Text, line: number, column: number): number {
  const found = text.line(Math.min(Math.max(line, 1), text.lines));
  return Math.min(found.from + Math.max(column - 1, 0), found.to);
}

function wordEnd(text: Text, from: number): number {
  const line = text.lineAt(from);
  const word = /^[^\s,[\]{}#]+/.exec(line.text.slice(from - line.from));
  return from + (word?.[0].length ?? 0);
}

function messageOf({ severity, code, summary, detail, hint }: Diagnostic): HTMLElement {
  const dom = document.createElement('div');
  dom.append(line('b', `${severity}[${code}]: ${summary}`), line('span', detail));
  if (hint !== null) {
    const made = line('span', `hint: ${hint}`);
    made.className = 'cm-hint';
    dom.append(made);
  }
  return dom;
}

function line(name: string, text: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = plainText(text);
  return made;
}
