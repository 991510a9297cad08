/** `[FILE] NODE …` of the lab's verbs: what looks like a file stands first, and can be left out. */
export interface LabWords {
  readonly file: string | undefined;
  readonly words: readonly string[];
}

/** A file is `-`, has a folder before it, or ends like one; a node's or link's name does not. */
export function looksLikeFile(word: string): boolean {
  return word === '-' || word.includes('/') || /\.(ya?ml|json)$/.test(word);
}

export function splitFile(words: readonly string[]): LabWords {
  const [first = '', ...rest] = words;
  return looksLikeFile(first) ? { file: first, words: rest } : { file: undefined, words };
}
