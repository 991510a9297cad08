import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, parseAddress, viewAddress } from '../../web/app/address.ts';
import { LAYERS } from '../../web/map/layers.ts';
import type { MapSettings } from '../../web/map/settings.ts';
import { keptOf, MOST_PINS, readSettings } from '../../web/map/settings.ts';

const place = fc.integer({ min: -90_000, max: 90_000 });
const id = fc
  .string({ minLength: 1, maxLength: 30 })
  .filter((each) => each !== '__proto__' && !/[\r\n\u2028\u2029]/.test(each));
const settings: fc.Arbitrary<MapSettings> = fc.record({
  layer: fc.constantFrom(...LAYERS.map((layer) => layer.id)),
  find: fc.string({ maxLength: 60 }),
  at: fc.option(fc.record({ zoom: fc.integer({ min: 50, max: 3000 }).map((each) => each / 1000), x: place, y: place })),
  focus: fc.option(fc.record({ id, hops: fc.integer({ min: 0, max: 6 }) })),
  hidden: fc.uniqueArray(id, { maxLength: 8 }),
  pins: fc.dictionary(id, fc.tuple(place, place), { maxKeys: 8, noNullPrototype: true }),
});

const keptIn = (value: Partial<MapSettings>): Record<string, string> =>
  Object.fromEntries(Object.entries(keptOf(value)).filter((pair): pair is [string, string] => pair[1] !== null));

test('what is looked at goes through the address, and through a saved view, unchanged', () => {
  fc.assert(
    fc.property(settings, fc.array(id, { maxLength: 3 }), (value, toggled) => {
      const address = { topology: 'a/b.yaml', mode: null, chosen: 'guest:web', toggled, kept: keptIn(value) };
      const read = parseAddress(formatAddress(address));
      expect(read).toEqual(address);
      expect(readSettings(read.kept)).toEqual(value);
      const view = parseAddress(`?${viewAddress(formatAddress(address))}`);
      expect(view).toEqual({ ...address, topology: null });
    }),
  );
});

test('a link that somebody cut or made up gives the map at its default, and never more than there is room for', () => {
  const usual = readSettings({});
  for (const kept of ['map.at', 'map.focus', 'map.hidden', 'map.pins', 'map.layer']) {
    for (const text of [
      '',
      '{',
      '[1]',
      '1,2',
      '9e99,0,0',
      '7 x',
      '"x"',
      '{"a":[1]}',
      '{"a":["x",2]}',
      '0,0,0',
      '99,1,1',
    ])
      expect(readSettings({ [kept]: text })).toEqual(usual);
  }
  fc.assert(
    fc.property(fc.constantFrom('map.at', 'map.focus', 'map.hidden', 'map.pins'), fc.json(), (name, text) => {
      expect(() => readSettings({ [name]: text })).not.toThrow();
    }),
  );
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`guest:g${String(n)}`, [n, n] as const]));
  expect(Object.keys(readSettings(keptIn({ pins: many })).pins)).toHaveLength(MOST_PINS);
});
