/** `trunkline fmt --pin`: chosen addresses written into the file, where its lines have one address to hold. */
import { describe, expect, test } from 'vitest';
import { compileText } from '../../server/model/compile-file.ts';
import { formatTopology } from '../../server/topology/format/format.ts';
import { pinAddresses } from '../../server/topology/format/pin.ts';
import { readTopology, type ReadOptions } from '../../server/topology/read.ts';
import { withoutPlaces } from '../model/support/compile-text.ts';

const HEAD = `topology: shop
networks:
  lan: { subnet: [10.1.1.0/24, "2001:db8:1::/64"] }
  dmz: { subnet: 10.1.2.0/24 }
hosts:
  here: { access: local, bridges: { br-lan: { networks: [lan] }, br-dmz: { networks: [dmz] } } }
`;

function pin(text: string, file = 'shop.yaml', options: ReadOptions = {}) {
  const source = { file, text };
  const { model, diagnostics } = compileText(source, options);
  const { topology } = readTopology(source, options);
  if (model === null || topology === null) throw new Error(JSON.stringify(diagnostics));
  const pinned = pinAddresses(source, topology, model);
  const again = compileText({ file, text: pinned.text }, options);
  // Nothing else changes: what was chosen is what is written now.
  expect(withoutPlaces(again.model)).toEqual(withoutPlaces(model));
  const addressesOf = (guest: string, network: string): readonly string[] =>
    (model.guests.get(guest)?.nics.find((nic) => nic.network === network)?.addresses ?? []).map((each) =>
      each.replace(/\/.*/, ''),
    );
  return {
    ...pinned,
    source,
    addressesOf,
    lines: (formatTopology({ file, text: pinned.text }).text ?? '').split('\n'),
  };
}

describe('an address is written', () => {
  test('for `auto` as it is', () => {
    const { lines, addressesOf, pinned, unpinned } = pin(
      `${HEAD}guests:\n  a: { on: here, nics: { dmz: auto } } # one\n`,
    );
    const [address = ''] = addressesOf('a', 'dmz');
    expect(address).toMatch(/^10\.1\.2\.\d+$/);
    expect(lines).toContain(`  a: { on: here, nics: { dmz: ${address} } } # one`);
    expect(pinned).toEqual([{ guest: 'a', network: 'dmz', addresses: [address] }]);
    expect(unpinned).toEqual([]);
  });

  test('in each family of the network', () => {
    const { lines, addressesOf } = pin(`${HEAD}guests:\n  a: { on: here, nics: { lan: auto } }\n`);
    const [four = '', six = ''] = addressesOf('a', 'lan');
    expect(lines).toContain(`  a: { on: here, nics: { lan: [${four}, "${six}"] } }`);
  });

  test('beside the other keys of a NIC, and only in the family that has none', () => {
    const nic = '{ address: [10.1.1.9, auto], mac: low24 }';
    const { lines, addressesOf, pinned } = pin(`${HEAD}guests:\n  a: { on: here, nics: { lan: ${nic} } }\n`);
    const six = addressesOf('a', 'lan').find((each) => each.includes(':')) ?? '';
    expect(lines).toContain(`  a: { on: here, nics: { lan: { address: [10.1.1.9, "${six}"], mac: low24 } } }`);
    expect(pinned).toEqual([{ guest: 'a', network: 'lan', addresses: [six] }]);
  });

  test('in a list of lines', () => {
    const { lines, addressesOf } = pin(`${HEAD}guests:\n  a:\n    on: here\n    nics:\n      lan:\n        - auto\n`);
    const [four = '', six = ''] = addressesOf('a', 'lan');
    expect(lines.join('\n')).toContain(`      lan:\n        - ${four}\n        - "${six}"\n`);
  });

  test('in JSON', () => {
    const value: unknown = {
      topology: 'shop',
      networks: { dmz: { subnet: '10.1.2.0/24' } },
      hosts: { here: { access: 'local', bridges: { br0: {} } } },
      guests: { a: { on: 'here', nics: { dmz: 'auto' } } },
    };
    const { text, addressesOf } = pin(JSON.stringify(value), 'shop.json');
    const written = JSON.parse(text) as { guests: { a: { nics: { dmz: string } } } };
    expect(written.guests.a.nics.dmz).toBe(addressesOf('a', 'dmz')[0]);
  });

  test('for what a template makes once', () => {
    const { pinned, unpinned } = pin(
      `${HEAD}for: [{ n: 3..3, guests: { "g\${n}": { on: here, nics: { dmz: auto } } } }]\n`,
    );
    expect(pinned.map(({ guest }) => guest)).toEqual(['g3']);
    expect(unpinned).toEqual([]);
  });

  test('once: a second run finds nothing to do', () => {
    const { text } = pin(`${HEAD}guests:\n  a: { on: here, nics: { lan: auto, dmz: auto } }\n`);
    expect(pin(text)).toMatchObject({ text, pinned: [], unpinned: [] });
  });
});

describe('no address is written, and it is said why,', () => {
  test('where a template makes several guests', () => {
    const text = `${HEAD}for: [{ n: 1..2, guests: { "g\${n}": { on: here, nics: { dmz: auto } } } }]\n`;
    const result = pin(text);
    expect(result).toMatchObject({ text, pinned: [] });
    expect(result.unpinned.map(({ guest, reason }) => [guest, reason])).toEqual([
      ['g1', 'line 7 makes 2 NICs, each with an address of its own'],
      ['g2', 'line 7 makes 2 NICs, each with an address of its own'],
    ]);
  });

  test('where an alias stands for the same lines', () => {
    const { pinned, unpinned } = pin(
      `${HEAD}guests:\n  a: &a { on: here, nics: { dmz: auto } }\n  b: *a\n  c: { on: here, nics: { dmz: auto } }\n`,
    );
    expect(unpinned.map(({ guest }) => guest)).toEqual(['a', 'b']);
    expect(pinned.map(({ guest }) => guest)).toEqual(['c']);
  });

  test('where a part holds the line', () => {
    const readPart = () => ({ text: 'guests: { p: { on: here, nics: { dmz: auto } } }\n' });
    const { pinned, unpinned } = pin(`${HEAD}use: [./part.yaml]\n`, 'shop.yaml', { readPart });
    expect(pinned).toEqual([]);
    expect(unpinned).toMatchObject([{ guest: 'p', reason: 'its address is written in part.yaml, line 1' }]);
  });

  test('where an expression makes it', () => {
    const { unpinned } = pin(`${HEAD}parameters: { a: auto }\nguests: { g: { on: here, nics: { dmz: "\${a}" } } }\n`);
    expect(unpinned).toMatchObject([{ guest: 'g', reason: '`auto` on line 8 is what an expression makes' }]);
  });
});
