import type { MapEntry } from './tree.ts';

/** From so many on a Map finds a key faster than a look at each. */
const FEW = 8;

/** The entries of a map that is made from a template: most are small, and there may be a hundred thousand of them. */
export function entriesOfMap(made: ReadonlyMap<string, MapEntry>): ReadonlyMap<string, MapEntry> {
  return made.size > FEW ? made : new FewEntries([...made.values()]);
}

/** A read-only map in a tenth of the memory that a Map takes for one entry. */
class FewEntries implements ReadonlyMap<string, MapEntry> {
  readonly #all: readonly MapEntry[];

  constructor(all: readonly MapEntry[]) {
    this.#all = all;
  }

  get size(): number {
    return this.#all.length;
  }

  get(key: string): MapEntry | undefined {
    return this.#all.find((entry) => entry.key === key);
  }

  has(key: string): boolean {
    return this.#all.some((entry) => entry.key === key);
  }

  forEach(see: (entry: MapEntry, key: string, map: ReadonlyMap<string, MapEntry>) => void): void {
    for (const entry of this.#all) see(entry, entry.key, this);
  }

  keys(): MapIterator<string> {
    return this.#all.map((entry) => entry.key).values();
  }

  values(): MapIterator<MapEntry> {
    return this.#all.values();
  }

  entries(): MapIterator<[string, MapEntry]> {
    return this.#all.map((entry): [string, MapEntry] => [entry.key, entry]).values();
  }

  [Symbol.iterator](): MapIterator<[string, MapEntry]> {
    return this.entries();
  }
}
