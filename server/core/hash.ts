import { hash } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** SHA-256 of the parts, kept apart by NUL so that ("ab", "c") and ("a", "bc") differ. */
export function digest(...parts: readonly string[]): Buffer {
  return hash('sha256', parts.map((part) => `${part}\0`).join(''), 'buffer');
}

/** A short name-safe tag (base32, 5 bits a character) of the parts: stable wherever and whenever it is computed. */
export function shortTag(length: number, ...parts: readonly string[]): string {
  const bytes = digest(...parts);
  let tag = '';
  for (let index = 0; index < length; index += 1) tag += ALPHABET[(bytes[index] ?? 0) & 31] ?? '';
  return tag;
}
