/** A line of `iptables-save` as words. */

export interface Word {
  readonly text: string;
  /** What is quoted is never an option. */
  readonly quoted: boolean;
}

/** Quotes are as iptables-save writes them: around the whole word, `\"` inside. `undefined`: one is not closed. */
export function splitWords(line: string): readonly Word[] | undefined {
  const words: Word[] = [];
  for (const [, quoted, plain = ''] of line.matchAll(/"((?:[^"\\]|\\.)*)"(?=\s|$)|(\S+)/g)) {
    if (quoted !== undefined) words.push({ text: quoted.replaceAll(/\\(.)/g, '$1'), quoted: true });
    else if (plain.startsWith('"')) return undefined;
    else words.push({ text: plain, quoted: false });
  }
  return words;
}
