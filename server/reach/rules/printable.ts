import type { Json } from '../../core/json.ts';

/** What was listed, as one line that is fit for a terminal and not endless. */
export function printable(value: Json): string {
  return printableText(JSON.stringify(value));
}

export function printableText(whole: string): string {
  const text = whole.replaceAll(/[^\x20-\x7e]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
