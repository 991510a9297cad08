/**
 * Located tree → plain value for the schemas. Two things are settled here: a number counts as one only in its everyday form
 * (`10`; `0x10`, `1e2`, `010` stay text, so that nobody has to guess), and a named entry without content
 * (`networks: { lan: }`) is an entry with nothing written in it.
 */
import { isNamedEntry } from './names.ts';
import type { TreeNode } from './tree.ts';

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

export function plainOf(node: TreeNode, path: readonly (string | number)[] = []): Plain {
  switch (node.type) {
    case 'scalar':
      if (node.value === null && isNamedEntry(path)) return emptyMap();
      return typeof node.value === 'number' && String(node.value) !== node.text ? node.text : node.value;
    case 'list':
      return node.items.map((item, index) => plainOf(item, [...path, index]));
    case 'map': {
      const plain = emptyMap();
      for (const [key, entry] of node.entries) plain[key] = plainOf(entry.value, [...path, key]);
      return plain;
    }
  }
}

/** Without a prototype: `__proto__` and `constructor` are keys like any other. */
function emptyMap(): Record<string, Plain> {
  return Object.create(null) as Record<string, Plain>;
}
