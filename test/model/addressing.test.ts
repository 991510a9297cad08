/** Chosen addresses, MACs and what members of a cluster have for themselves, from the file to the model. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressPart, mustParsePrefix, prefixContains } from '../../server/core/address.ts';
import type { Model } from '../../server/flow/model.ts';
import { compileText, modelOf } from './support/compile-text.ts';

const HOSTS = `
hosts:
  gw-x: { access: ssh://root@gw-x.example.net, bridges: { br0: { ports: [eno1] } } }
  gw-y: { access: ssh://root@gw-y.example.net, bridges: { br0: { ports: [eno1] } } }`;

const lines = (...all: readonly string[]): string => all.join('\n');

function addressesOn(model: Model, network: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...model.guests.values()].flatMap(({ name, nics }) =>
      nics.filter((nic) => nic.network === network).map((nic) => [name, nic.addresses] as const),
    ),
  );
}

function nicOf(model: Model, guest: string, network: string) {
  const nic = model.guests.get(guest)?.nics.find((each) => each.network === network);
  if (nic === undefined) throw new Error(`${guest} has no NIC on ${network}`);
  return nic;
}

describe('auto', () => {
  const text = (topology: string, guests: readonly string[]): string =>
    lines(
      `topology: ${topology}`,
      'networks:',
      '  lan: { vlan: 10, subnet: [10.1.0.0/24, "2001:db8::/64"] }',
      HOSTS,
      'guests:',
      ...guests.map((each) => `  ${each}`),
    );

  test('stands for one address of each family that none is written for', () => {
    const model = modelOf(
      text('one', [
        'both: { on: gw-x, nics: { lan: auto } }',
        'four: { on: gw-x, nics: { lan: [auto, "2001:db8::10"] } }',
        'map: { on: gw-y, nics: { lan: { address: [10.1.0.9, auto] } } }',
      ]),
    );
    const found = addressesOn(model, 'lan');
    expect(found.get('both')?.map((each) => (each.includes(':') ? 6 : 4))).toEqual([4, 6]);
    expect(found.get('four')).toEqual(['2001:db8::10/64', expect.stringMatching(/^10\.1\.0\.\d+\/24$/)]);
    expect(found.get('map')).toEqual(['10.1.0.9/24', expect.stringMatching(/^2001:db8::[0-9a-f:]+\/64$/)]);
  });

  test('is what it was, in this version and the next, whatever topology and network are called', () => {
    const guests = ['web1: { on: gw-x, nics: { lan: auto } }', 'web2: { on: gw-x, nics: { lan: auto } }'];
    const pinned = new Map([
      ['web1', ['10.1.0.9/24', '2001:db8::f9:5f10/64']],
      ['web2', ['10.1.0.152/24', '2001:db8::d0:73c0/64']],
    ]);
    expect(addressesOn(modelOf(text('one', guests)), 'lan')).toEqual(pinned);
    const renamed = text('another', guests).replace(/\blan:/g, 'shop:');
    expect(addressesOn(modelOf(renamed), 'shop')).toEqual(pinned);
  });

  test('never takes what somebody has: NICs, routers, members, next hops, what gateways translate', () => {
    const used = [...['10.1.0.2', '10.1.0.3', '10.1.0.4', '10.1.0.5', '10.1.0.6', '10.1.0.7', '10.1.0.8', '10.1.0.9']];
    const model = modelOf(
      lines(
        'topology: used',
        'networks:',
        '  lan: { vlan: 10, subnet: 10.1.0.0/28, router: 10.1.0.2, external: true }',
        '  db: { vlan: 20, subnet: 10.2.0.0/24 }',
        'hosts:',
        '  gw-x: { access: ssh://root@gw-x.example.net, bridges: { br0: { ports: [eno1] } }, nics: { lan: 10.1.0.3 } }',
        '  gw-y: { access: ssh://root@gw-y.example.net, bridges: { br0: { ports: [eno1] } } }',
        'guests:',
        '  db1: { on: gw-x, nics: { db: 10.2.0.10 }, listens: [80/tcp] }',
        '  fixed: { on: gw-x, nics: { lan: 10.1.0.4 } }',
        ...Array.from({ length: 5 }, (_, index) => `  g${String(index)}: { on: gw-x, nics: { lan: auto } }`),
        'gateways:',
        '  vgw:',
        '    on: gw-x',
        '    nics: { lan: { shared: 10.1.0.5, address: 10.1.0.6 }, db: 10.2.0.1 }',
        '    nat: { publish: [{ listen: "10.1.0.7:80/tcp", to: db1 }], one-to-one: [10.1.0.8 <-> 10.2.0.10] }',
        '    routes: [{ to: 10.50.0.0/16, via: 10.1.0.9 }]',
      ),
    );
    const chosen = [...addressesOn(model, 'lan')].filter(([name]) => name.startsWith('g')).flatMap(([, all]) => all);
    expect(new Set(chosen)).toEqual(
      new Set(['10.1.0.10/28', '10.1.0.11/28', '10.1.0.12/28', '10.1.0.13/28', '10.1.0.14/28']),
    );
    expect(chosen.some((each) => used.includes(addressPart(each)))).toBe(false);
  });

  test('goes on to the next subnet where one is full, and a further subnet moves nobody', () => {
    const guests = Array.from({ length: 7 }, (_, index) => `  g${String(index)}: { on: gw-x, nics: { lan: auto } }`);
    const on = (subnets: string): ReadonlyMap<string, readonly string[]> =>
      addressesOn(
        modelOf(
          lines(
            'topology: full',
            'networks:',
            `  lan: { vlan: 10, subnet: [${subnets}] }`,
            HOSTS,
            'guests:',
            ...guests,
          ),
        ),
        'lan',
      );
    const two = on('10.9.0.0/24, 10.1.0.0/29');
    const inFirst = [...two].filter(([, all]) => all.every((each) => each.startsWith('10.1.')));
    expect(inFirst.length).toBe(5);
    expect(on('10.1.0.0/29, 10.9.0.0/24, 10.10.0.0/24')).toEqual(two);
  });

  test('moves nobody but those who wanted the same address, is usable, and has one owner', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/).filter((each) => !['lan', 'gw', 'internet'].includes(each));
    const compiled = (names: readonly string[], written: readonly string[]): ReadonlyMap<string, readonly string[]> => {
      const tree = {
        topology: 'any',
        networks: { 'the-lan': { vlan: 10, subnet: '10.1.0.0/27', router: '10.1.0.1' } },
        hosts: { 'the-host': { access: 'local', bridges: { br0: { ports: ['eno1'] } } } },
        guests: Object.fromEntries([
          ...names.map((each) => [each, { on: 'the-host', nics: { 'the-lan': 'auto' } }]),
          ...written.map((address, index) => [
            `fixed-${String(index)}`,
            { on: 'the-host', nics: { 'the-lan': address } },
          ]),
        ]) as Record<string, unknown>,
      };
      return addressesOn(modelOf(JSON.stringify(tree)), 'the-lan');
    };
    const subnet = mustParsePrefix('10.1.0.0/27');
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 2, maxLength: 24 }),
        fc.uniqueArray(fc.integer({ min: 2, max: 30 }), { maxLength: 4 }),
        fc.nat(),
        (names, low, seed) => {
          const written = low.map((each) => `10.1.0.${String(each)}`);
          const all = compiled(names, written);
          expect(compiled([...names].reverse(), written)).toEqual(new Map([...all].sort()));
          const addresses = [...all.values()].flat();
          expect(new Set(addresses).size).toBe(names.length + written.length);
          for (const each of addresses) expect(prefixContains(subnet.text, addressPart(each))).toBe(true);
          for (const each of ['10.1.0.0', '10.1.0.1', '10.1.0.31']) expect(addresses).not.toContain(`${each}/27`);
          // One guest goes: whoever moves takes an address that was left to it by one that went or moved.
          const gone = names[seed % names.length] ?? '';
          const fewer = compiled(
            names.filter((each) => each !== gone),
            written,
          );
          const moved = [...fewer].filter(([who, now]) => all.get(who)?.[0] !== now[0]);
          const left = new Set([gone, ...moved.map(([who]) => who)].flatMap((who) => all.get(who) ?? []));
          for (const [, now] of moved) expect(left).toContain(now[0]);
          // Another name for it is one that goes and one that comes.
          const renamed = compiled([...names.filter((each) => each !== gone), 'zz-new'], written);
          expect([...renamed.keys()].sort()).toEqual([...fewer.keys(), 'zz-new'].sort());
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  }, 60_000);
});

describe('MAC addresses', () => {
  const model = modelOf(
    lines(
      'topology: macs',
      'networks:',
      '  lan: { vlan: 10, subnet: [10.1.2.0/24, "2001:db8::/64"], router: 10.1.2.1 }',
      '  p1: { vlan: 11, realm: p1, subnet: 10.8.0.0/24 }',
      '  p2: { vlan: 12, realm: p2, subnet: 10.8.0.0/24 }',
      'hosts:',
      '  gw-x:',
      '    access: ssh://root@gw-x.example.net',
      '    bridges: { br0: { ports: [eno1] } }',
      '    nics: { lan: { address: 10.1.2.2, mac: low24 } }',
      '  gw-y: { access: ssh://root@gw-y.example.net, bridges: { br0: { ports: [eno1] } } }',
      'guests:',
      '  six:  { on: gw-x, nics: { lan: "2001:db8::3f:92a1" } }',
      '  both: { on: gw-x, nics: { lan: ["2001:db8::77", 10.1.2.10] } }',
      '  low:  { on: gw-x, nics: { lan: { address: ["2001:db8::78", 10.1.2.11], mac: low24 } } }',
      '  one:  { on: gw-x, nics: { p1: 10.8.0.10 } }',
      '  two:  { on: gw-x, nics: { p2: 10.8.0.10 } }',
      'gateways:',
      '  solo: { on: gw-x, nics: { lan: { address: 10.1.2.3, mac: low24 }, p1: { address: 10.8.0.1, mac: "02:00:00:00:00:07" } } }',
      '  pair: { on: [gw-x, gw-y], nics: { lan: { shared: 10.1.2.1, address: { gw-x: 10.1.2.4, gw-y: 10.1.2.5 }, mac: low24 } } }',
    ),
  );
  const mac = (guest: string, network: string): string => nicOf(model, guest, network).mac;

  test('have the low 24 bits of the IPv4 address, else of the IPv6 address', () => {
    expect(mac('both', 'lan')).toMatch(/^02:..:..:01:02:0a$/);
    expect(mac('six', 'lan').slice(0, 8)).toBe(mac('both', 'lan').slice(0, 8));
    expect(mac('six', 'lan')).toMatch(/:3f:92:a1$/);
  });

  test('tell realms and networks apart', () => {
    expect(mac('one', 'p1').slice(8)).toBe(mac('two', 'p2').slice(8));
    expect(mac('one', 'p1')).not.toBe(mac('two', 'p2'));
  });

  test('of `low24` are 0x02000000 | address & 0x00ffffff behind 02:00', () => {
    const formula = (0x02000000 | (0x0a01020b & 0x00ffffff)).toString(16).padStart(8, '0');
    expect(mac('low', 'lan').replaceAll(':', '')).toBe(`0200${formula}`);
  });

  test('are one for each member of a cluster, and that of the gateway where there is one only', () => {
    const macs = (gateway: string): readonly (readonly string[])[] =>
      (model.gateways.get(gateway)?.members ?? []).map(({ nics }) => nics.map((nic) => nic.mac));
    expect(macs('solo')).toEqual([['02:00:02:01:02:03', '02:00:00:00:00:07']]);
    expect(macs('pair')).toEqual([['02:00:02:01:02:04'], ['02:00:02:01:02:05']]);
    const ends = [...model.hosts.values()].flatMap((host) =>
      host.attachments.filter(({ owner }) => owner.name === 'pair').map((each) => each.peer?.mac),
    );
    expect(ends).toEqual(['02:00:02:01:02:04', '02:00:02:01:02:05']);
  });
});

describe('the members of a cluster', () => {
  const text = (lan: string): string =>
    lines(
      'topology: cluster',
      'networks:',
      '  wan: { vlan: 10, subnet: [192.0.2.0/24, "2001:db8::/64"], external: true }',
      '  lan: { vlan: 20, subnet: 10.1.0.0/24 }',
      '  six: { vlan: 30, subnet: "2001:db8:6::/64" }',
      '  raw: { vlan: 40 }',
      HOSTS,
      'gateways:',
      '  vgw:',
      '    on: [gw-x, gw-y]',
      '    nics:',
      '      wan: { shared: [192.0.2.1, "2001:db8::1"], address: { gw-x: 192.0.2.2, gw-y: [192.0.2.3, "2001:db8::3"] } }',
      `      lan: ${lan}`,
      '      six: { shared: "2001:db8:6::1" }',
      '      raw: {}',
      '  other: { on: [gw-y, gw-x], nics: { lan: { shared: 10.1.0.2 } } }',
    );
  const ownOf = (model: Model, network: string): readonly (readonly string[])[] =>
    ['vgw', 'other'].flatMap((name) =>
      (model.gateways.get(name)?.members ?? []).flatMap(({ nics }) =>
        nics.filter((nic) => nic.network === network).map((nic) => nic.own),
      ),
    );

  test('have what is written for each, and share the rest', () => {
    const model = modelOf(text('{ shared: 10.1.0.1 }'));
    expect(ownOf(model, 'wan')).toEqual([['192.0.2.2/24'], ['192.0.2.3/24', '2001:db8::3/64']]);
    const [wan] = model.gateways.get('vgw')?.nics.filter((nic) => nic.network === 'wan') ?? [];
    expect(wan?.addresses).toEqual(['192.0.2.1/24', '2001:db8::1/64']);
  });

  test('have a link-local address where IPv4 is spoken and none is written, each another one', () => {
    const own = ownOf(modelOf(text('{ shared: 10.1.0.1 }')), 'lan');
    expect(own.map((each) => each.length)).toEqual([1, 1, 1, 1]);
    for (const [each = ''] of own) {
      expect(each).toMatch(/^169\.254\.\d+\.\d+\/16$/);
      expect(['0', '255']).not.toContain(each.split('.')[2]);
    }
    expect(new Set(own.flat()).size).toBe(4);
    expect(ownOf(modelOf(text('{ shared: 10.1.0.1 }')), 'six')).toEqual([[], []]);
    expect(ownOf(modelOf(text('{ shared: 10.1.0.1 }')), 'raw')).toEqual([[], []]);
  });

  test('keep it when another member gets one of its own', () => {
    const before = ownOf(modelOf(text('{ shared: 10.1.0.1 }')), 'lan');
    const after = ownOf(modelOf(text('{ shared: 10.1.0.1, address: { gw-y: 10.1.0.9 } }')), 'lan');
    expect(after).toEqual([before[0], ['10.1.0.9/24'], before[2], before[3]]);
  });

  test('an only member has what is written by host as its own', () => {
    const { model } = compileText(
      text('{ shared: 10.1.0.1 }').replace('[gw-x, gw-y]', 'gw-y').replace('gw-x: 192.0.2.2, ', ''),
    );
    expect(model?.gateways.get('vgw')?.nics.find((nic) => nic.network === 'wan')?.addresses).toEqual([
      '192.0.2.1/24',
      '2001:db8::1/64',
      '192.0.2.3/24',
      '2001:db8::3/64',
    ]);
  });
});
