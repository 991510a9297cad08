import type { Count } from '../core/count.ts';

/** What a terminal is for this: `process.stderr`. */
export interface Terminal {
  readonly columns?: number;
  write(text: string): unknown;
}

/** One line of a terminal that shows how far something has come. */
export interface CountingLine {
  readonly count: Count;
  /** Takes the line away: before anything else is written, and at the end. */
  clear(): void;
}

/** Times a second: more often nobody can read, and the terminal would hold up what is counted. */
const RATE = 15;

export function countingLine(terminal: Terminal, now: () => number = () => performance.now()): CountingLine {
  let shown = '';
  let counted = '';
  let last = -Infinity;
  return {
    count(what, done, total) {
      if (what === counted && now() - last < 1000 / RATE) return;
      counted = what;
      last = now();
      const width = String(total).length;
      // In the last column some terminals begin a new line; one that does not know its width says 0.
      const room = terminal.columns === undefined || terminal.columns < 1 ? 79 : terminal.columns - 1;
      const text = `${String(done).padStart(width)}/${String(total)} ${what}`.slice(0, room);
      if (text === shown) return;
      shown = text;
      terminal.write(`\r${text}\x1b[K`);
    },
    clear() {
      if (shown !== '') terminal.write('\r\x1b[K');
      shown = '';
      counted = '';
    },
  };
}
