/**
 * Addresses, prefixes and MAC addresses in their canonical form (RFC 5952 for IPv6): what reads `2001:DB8:0::1` and writes
 * `2001:db8::1`. Only where a file means one: free text and the variables of templates stay as they are.
 */
import { parseAddress, parsePrefix } from '../../core/address.ts';

/** The keys at the top of a file, in the order in which the normal form has them. */
export const SECTIONS: readonly string[] = [
  'topology',
  'description',
  'parameters',
  'use',
  'networks',
  'hosts',
  'guests',
  'gateways',
  'policy',
  'expect',
  'for',
];

const WITH_ADDRESSES = new Set(['networks', 'hosts', 'guests', 'gateways', 'policy', 'expect']);

/** What the values below a key are: `free` text, `values` of the language, or the `items` of `for`, which have both. */
export type Meaning = 'root' | 'values' | 'free' | 'items';

export function meaningBelow(meaning: Meaning, key: string): Meaning {
  switch (meaning) {
    case 'root':
      return key === 'for' ? 'items' : WITH_ADDRESSES.has(key) ? 'values' : 'free';
    case 'items':
      return WITH_ADDRESSES.has(key) ? 'values' : 'free';
    case 'values':
      return key === 'description' ? 'free' : 'values';
    case 'free':
      return 'free';
  }
}

export function canonicalText(text: string, meaning: Meaning): string {
  if (meaning !== 'values' || !/[.:]/.test(text) || text.includes('${')) return text;
  return text
    .split(/(\s+)/)
    .map((word) => canonicalWord(word))
    .join('');
}

function canonicalWord(word: string): string {
  const address = parseAddress(word);
  if (address !== undefined) return address.text;
  if (isMac(word)) return word.toLowerCase();
  // `p3/2001:db8::/64`: a prefix inside a realm.
  const realm = /^[a-z][a-z0-9-]*\//.exec(word)?.[0] ?? '';
  const prefix = parsePrefix(word.slice(realm.length));
  // With host bits set it is a mistake, which is not for us to hide.
  if (prefix !== undefined) return prefix.value === prefix.first ? `${realm}${prefix.text}` : word;
  return word.replace(/\[([0-9A-Fa-f:.]+)\]/g, (whole, inside: string) => {
    const inner = parseAddress(inside);
    return inner?.family === 6 ? `[${inner.text}]` : whole;
  });
}

/** Whether a text stands in quotes although YAML 1.2 could do without: other readers take some of these for numbers. */
export function isColonText(text: string): boolean {
  if (!text.includes(':')) return false;
  return isMac(text) || parseAddress(text) !== undefined || parsePrefix(text) !== undefined;
}

function isMac(text: string): boolean {
  return /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text);
}
