/**
 * Diagnostics as text, for terminals and logs:
 *
 *   shop.yaml:4:10: error[unknown-key]: Unknown key
 *     `subnett` is no key of `lan`.
 *     4 |   lan: { subnett: 10.0.0.0/24 }
 *       |          ^
 *     hint: did you mean `subnet`?
 *     shop.yaml:3:3: first written here
 *
 * Nothing of the user's file or of a host reaches the terminal as it is: see `visible-text.ts`.
 */
import { createColors } from 'picocolors';
import type { Diagnostic } from './diagnostic.ts';
import type { Place } from './place.ts';
import { visibleText } from './visible-text.ts';

/** Characters of the source line that are shown around the place. */
const WINDOW = 110;

export interface DiagnosticTextOptions {
  /** The text of a file, for the source line; `undefined` where it is not at hand. */
  readonly sourceOf?: (file: string) => string | undefined;
  readonly color?: boolean;
}

type Colors = ReturnType<typeof createColors>;

/** Every diagnostic, a blank line between them, and the count at the end. Empty where there are none. */
export function diagnosticsText(diagnostics: readonly Diagnostic[], options: DiagnosticTextOptions = {}): string {
  if (diagnostics.length === 0) return '';
  const lines = new Map<string, readonly string[] | undefined>();
  const lineAt = (place: Place): string | undefined => {
    if (!lines.has(place.file)) lines.set(place.file, options.sourceOf?.(place.file)?.split(/\r?\n/));
    return lines.get(place.file)?.[place.line - 1];
  };
  const colors = createColors(options.color ?? false);
  return [...diagnostics.map((each) => blockOf(each, lineAt(each), colors)), `${countText(diagnostics)}\n`].join('\n');
}

/** `2 errors, 1 warning` */
export function countText(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  return [plural(errors, 'error'), plural(warnings, 'warning')].filter((part) => part !== '').join(', ');
}

/** One diagnostic, with a line feed at the end. */
export function diagnosticText(each: Diagnostic, sourceLine: string | undefined, color = false): string {
  return blockOf(each, sourceLine, createColors(color));
}

function blockOf(each: Diagnostic, sourceLine: string | undefined, colors: Colors): string {
  const paint = each.severity === 'error' ? colors.red : colors.yellow;
  const lines = [
    `${placeText(each)}: ${paint(`${each.severity}[${each.code}]`)}: ${colors.bold(visibleText(each.summary))}`,
  ];
  lines.push(`  ${visibleText(each.detail)}`);
  if (sourceLine !== undefined) lines.push(...excerpt(each, sourceLine, paint));
  if (each.hint !== null) lines.push(`  ${colors.cyan('hint:')} ${visibleText(each.hint)}`);
  for (const related of each.related) lines.push(`  ${placeText(related)}: ${visibleText(related.message)}`);
  return `${lines.join('\n')}\n`;
}

/** The source line and a caret under the column; of a long line only the part around it. */
function excerpt({ line, column }: Place, source: string, paint: (text: string) => string): string[] {
  const caret = Math.min(Math.max(column - 1, 0), source.length);
  const start = source.length <= WINDOW ? 0 : Math.max(0, caret - Math.floor(WINDOW / 2));
  const end = Math.min(source.length, start + WINDOW);
  const before = `${start > 0 ? '…' : ''}${shown(source.slice(start, caret))}`;
  const behind = `${shown(source.slice(caret, end))}${end < source.length ? '…' : ''}`;
  const number = String(line);
  const gap = ' '.repeat(number.length);
  return [`  ${number} | ${before}${behind}`.trimEnd(), `  ${gap} | ${' '.repeat(widthOf(before))}${paint('^')}`];
}

function shown(text: string): string {
  return visibleText(text.replaceAll('\t', ' '));
}

/** Columns on a terminal: East Asian wide letters and most pictographs take two, marks none (Unicode TR 11). */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

function placeText({ file, line, column }: Place): string {
  return `${visibleText(file)}:${String(line)}:${String(column)}`;
}

function plural(count: number, word: string): string {
  return count === 0 ? '' : `${String(count)} ${word}${count === 1 ? '' : 's'}`;
}
