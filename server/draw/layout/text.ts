import { plainText } from '../../core/plain-text.ts';

/** Estimated widths at 12 px: the layout must come out the same in Node, without a canvas to measure on. */
const NARROW = 7.3;
const WIDE = 13;

export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += (character.codePointAt(0) ?? 0) > 0x2e80 ? WIDE : NARROW;
  return Math.ceil(width);
}

/** A label of several lines: each is made plain and cut to what fits, the middle left out so that numbers at the end stay. */
export function label(lines: readonly (string | undefined)[], most = 24): string {
  return lines
    .filter((line) => line !== undefined && line !== '')
    .map((line) => shorten(plainText(line ?? ''), most))
    .join('\n');
}

export function labelWidth(text: string): number {
  return Math.max(0, ...text.split('\n').map(textWidth));
}

function shorten(text: string, most: number): string {
  const characters = Array.from(text);
  if (characters.length <= most) return text;
  const tail = Math.floor(most / 3);
  return `${characters.slice(0, most - tail - 1).join('')}…${characters.slice(-tail).join('')}`;
}
