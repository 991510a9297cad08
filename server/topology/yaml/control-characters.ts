import type { Problems } from '../problems.ts';

/** What YAML 1.2 does not count as printable (section 5.1), apart from line ends and tab. */
const NOT_PRINTABLE =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Whether the text holds any: told once, at the first one, since a file that has many is no text file at all. */
export function controlCharacters(file: string, text: string, problems: Problems): boolean {
  const found = [...text.matchAll(NOT_PRINTABLE)];
  const [first] = found;
  if (first === undefined) return false;
  const before = text.slice(0, first.index).split(/\r\n|\n/);
  const place = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  const code = first[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
  const others = found.length > 1 ? ` ${String(found.length - 1)} more follow.` : '';
  problems.add('control-character', place, `The character U+${code} is not text.${others}`, {
    hint: 'remove it; is this really a topology file?',
  });
  return true;
}
