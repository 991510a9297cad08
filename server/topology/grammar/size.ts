/** Amounts of memory: `16G`, `512M`. Always powers of two, as hypervisors and the kernel count. */
import { quoted } from '../../core/visible-text.ts';
import { accept, refuse, type Reading } from '../problem.ts';

const UNITS: Readonly<Record<string, number>> = { M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
const MAX_BYTES = 2 ** 50;

/** In bytes. */
export function parseMemory(text: string): Reading<number> {
  const [, digits, unit, rest] = /^([1-9]\d{0,8})([MGT])(i?B?)$/.exec(text) ?? [];
  const factor = UNITS[unit ?? ''];
  if (digits === undefined || factor === undefined) {
    const digitsOnly = /^\d+$/.test(text);
    const hint = digitsOnly ? `write \`${text}G\`, or \`${text}M\`` : 'write it like `16G`, `512M` or `1T`';
    return refuse('wrong-value', `${quoted(text)} is no amount of memory.`, 0, hint);
  }
  if (rest !== '') {
    return refuse(
      'wrong-value',
      `${quoted(text)} has more than the unit.`,
      text.length - (rest?.length ?? 0),
      `write \`${digits}${unit ?? ''}\``,
    );
  }
  const bytes = Number(digits) * factor;
  if (bytes > MAX_BYTES) return refuse('wrong-value', `${quoted(text)} is more memory than any machine has.`);
  return accept(bytes);
}
