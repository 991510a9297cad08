/**
 * Text of others (names from a host, values from a file) made safe to show: control bytes, terminal escapes, marks that turn
 * the reading direction and half characters are written out (`\x1b`, `\u202e`). Showing shown text again changes nothing.
 */

/** C0 and C1 controls, soft hyphen, zero-width and direction marks, line separators, byte order mark, half surrogates. */
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** One line of safe text. */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, escapeCharacter);
}

/** A value as it is quoted inside a sentence: in backticks, safe, and at most `limit` characters long. */
export function quoted(text: string, limit = 60): string {
  // Cut between characters, never inside a surrogate pair.
  const characters = Array.from(text.slice(0, limit * 2 + 2));
  const short = characters.length > limit ? `${characters.slice(0, limit).join('')}…` : text;
  return `\`${visibleText(short)}\``;
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
