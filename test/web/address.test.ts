import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Address } from '../../web/app/address.ts';
import { formatAddress, parseAddress } from '../../web/app/address.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1 });
const address: fc.Arbitrary<Address> = fc.record({
  topology: fc.option(text),
  mode: fc.option(text),
  chosen: fc.option(text),
  toggled: fc.array(text),
  kept: fc.dictionary(
    text.filter((name) => !['topology', 'mode', 'chosen', 'toggled', '__proto__'].includes(name)),
    text,
    { noNullPrototype: true },
  ),
});

test('an address opens what it was made from, whatever things are called', () => {
  fc.assert(
    fc.property(address, (each) => {
      const opened = parseAddress(new URL(`http://127.0.0.1/${formatAddress(each)}`).search);
      expect(opened).toEqual(each);
    }),
    { seed: 71 },
  );
});

test('where everything is at its default, the address says nothing', () => {
  expect(formatAddress(parseAddress(''))).toBe('');
});

test('it reads as what it is', () => {
  expect(
    formatAddress({
      topology: 'office.yaml',
      mode: 'packet',
      chosen: null,
      toggled: ['a', 'b'],
      kept: { 'map.layer': 'l3' },
    }),
  ).toBe('?topology=office.yaml&mode=packet&toggled=a&toggled=b&map.layer=l3');
});
