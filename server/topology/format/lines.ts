/** Where things stand in the text that is formatted, and the lines of the text that it becomes. */
import type { LineCounter } from 'yaml';

export interface Layout {
  readonly text: string;
  lineOf(offset: number): number;
  columnOf(offset: number): number;
  /** Whether an empty line stands above, and nothing but dashes before it on its own line. */
  hasGap(offset: number): boolean;
}

/** Dashes, anchors and tags before the first thing on a line. */
const LEAD = /^[ \t]*(?:(?:[-?]|[&!]\S*)[ \t]+)*/;

export function layoutOf(text: string, lines: LineCounter): Layout {
  const lineText = (line: number): string => text.slice(lines.lineStarts[line - 1], lines.lineStarts[line]);
  // Once a line: thousands of things may stand on one.
  const leads = remembered((line) => LEAD.exec(lineText(line))?.[0].length ?? 0);
  const blank = remembered((line) => lineText(line).trim() === '');
  return {
    text,
    lineOf: (offset) => lines.linePos(offset).line,
    columnOf: (offset) => lines.linePos(offset).col,
    hasGap(offset) {
      const { line, col } = lines.linePos(offset);
      return line > 1 && col - 1 <= leads(line) && blank(line - 1);
    },
  };
}

function remembered<T>(compute: (line: number) => T): (line: number) => T {
  const known = new Map<number, T>();
  return (line) => {
    const before = known.get(line);
    if (before !== undefined) return before;
    const value = compute(line);
    known.set(line, value);
    return value;
  };
}

export interface Output {
  readonly lines: string[];
  put(indent: string, text: string, gap: boolean): void;
  /** A comment above what comes next: also above a dash that was written already. */
  above(indent: string, text: string, gap: boolean): void;
  /** Begins a block: no empty line stands before its first line. */
  begin(): void;
  /** The next line begins with this instead of its indentation (`  - `). */
  lead(indent: string, dash: string, gap: boolean): void;
}

export function collectLines(): Output {
  const lines: string[] = [];
  let fresh = true;
  let prefix: string | null = null;
  const separate = (gap: boolean): void => {
    if (gap && !fresh) lines.push('');
    fresh = false;
  };
  return {
    lines,
    put(indent, text, gap) {
      if (prefix === null) separate(gap);
      lines.push(`${prefix ?? indent}${text}`);
      prefix = null;
      fresh = false;
    },
    above(indent, text, gap) {
      if (prefix === null) separate(gap);
      lines.push(`${prefix === null ? indent : ' '.repeat(prefix.search(/[^ ]/))}${text}`);
    },
    begin() {
      fresh = true;
    },
    lead(indent, dash, gap) {
      if (prefix === null) separate(gap);
      prefix = `${prefix ?? indent}${dash}`;
    },
  };
}
