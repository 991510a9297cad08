/** Names that are valid in the language, as close as possible to what things are called on the host, and each used once. */
import { MAX_NAME_LENGTH } from '../topology/limits.ts';

export type NameFor = (text: string, otherwise: string) => string;

/** @param taken names that mean something else */
export function newNames(taken: readonly string[] = ['internet', 'any']): NameFor {
  const used = new Set(taken);
  return (text, otherwise) => {
    const base = tame(text) ?? otherwise;
    let name = base;
    for (let number = 2; used.has(name); number += 1) name = `${base.slice(0, MAX_NAME_LENGTH - 5)}-${String(number)}`;
    used.add(name);
    return name;
  };
}

/** `br_lan.20` → `br-lan-20`; `undefined` where nothing is left. */
export function tame(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+/, '')
    .replace(/-+$/, '')
    .slice(0, MAX_NAME_LENGTH);
  return name === '' ? undefined : name;
}
