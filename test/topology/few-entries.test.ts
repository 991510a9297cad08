import { expect, test } from 'vitest';
import { entriesOfMap } from '../../server/topology/few-entries.ts';
import type { MapEntry } from '../../server/topology/tree.ts';

const place = { file: 'x', line: 1, column: 1 };
const entry = (key: string): MapEntry => ({
  key,
  keyPlace: place,
  value: { type: 'scalar', value: key, text: key, place, inside: null },
});

test.each([0, 1, 2, 8, 9, 40])('%i entries are found as in a Map', (size) => {
  const names = ['__proto__', 'constructor', ...Array.from({ length: 40 }, (_, at) => `k${String(at)}`)].slice(0, size);
  const map = new Map(names.map((name) => [name, entry(name)]));
  const few = entriesOfMap(map);
  expect(few.size).toBe(map.size);
  expect([...few]).toEqual([...map]);
  expect([...few.keys()]).toEqual([...map.keys()]);
  expect([...few.values()]).toEqual([...map.values()]);
  expect([...few.entries()]).toEqual([...map.entries()]);
  for (const name of [...names, 'toString', 'none']) {
    expect(few.get(name)).toBe(map.get(name));
    expect(few.has(name)).toBe(map.has(name));
  }
  const seen: unknown[] = [];
  few.forEach((each, key, self) => seen.push([key, each, self === few]));
  expect(seen).toEqual([...map].map(([key, each]) => [key, each, true]));
});
