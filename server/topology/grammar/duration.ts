/** Spans of time: `100ms`, `1s`. */
import { quoted } from '../../core/visible-text.ts';
import { accept, refuse, type Reading } from '../problem.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000 };

/** In milliseconds, within bounds that are milliseconds too. */
export function parseDuration(minimum: number, maximum: number): (text: string) => Reading<number> {
  return (text) => {
    const [, digits, unit] = /^([1-9]\d{0,8})(ms|s)$/.exec(text) ?? [];
    const factor = UNITS[unit ?? ''];
    if (digits === undefined || factor === undefined) {
      const hint = /^\d+$/.test(text) ? `write \`${text}ms\`, or \`${text}s\`` : 'write it like `100ms` or `1s`';
      return refuse('wrong-value', `${quoted(text)} is no span of time.`, 0, hint);
    }
    const milliseconds = Number(digits) * factor;
    if (milliseconds >= minimum && milliseconds <= maximum) return accept(milliseconds);
    return refuse('wrong-value', `${quoted(text)} is out of range: from ${shown(minimum)} to ${shown(maximum)}.`);
  };
}

function shown(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${String(milliseconds / 1000)}s` : `${String(milliseconds)}ms`;
}
