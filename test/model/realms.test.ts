/** Realms with the same addresses: who is meant by an address, who may open what, and what is asked of whom. */
import { describe, expect, test } from 'vitest';
import type { Model, Zone } from '../../server/flow/model.ts';
import { probePlan } from '../../server/model/probes.ts';
import { compileText, modelOf } from './support/compile-text.ts';

const lines = (...all: readonly string[]): string => all.join('\n');

/** Two platforms with one addressing, each behind a gateway on a common outer network. */
function platforms(more: {
  readonly nat?: string;
  readonly policy?: readonly string[];
  readonly expect?: readonly string[];
}): string {
  return lines(
    'topology: twins',
    'networks:',
    '  wan: { vlan: 10, subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }',
    '  mgmt: { vlan: 20, subnet: [10.1.9.0/24, 10.1.1.0/25] }',
    '  p1: { vlan: 11, realm: p1, subnet: 10.1.1.0/24 }',
    '  p2: { vlan: 12, realm: p2, subnet: 10.1.1.0/24 }',
    'hosts: { node: { access: local, bridges: { br0: { ports: [eno1] } } } }',
    'guests:',
    '  web1: { on: node, nics: { p1: 10.1.1.10 }, listens: [22/tcp] }',
    '  web2: { on: node, nics: { p2: 10.1.1.10 }, listens: [22/tcp] }',
    '  ops: { on: node, nics: { mgmt: 10.1.9.10 }, listens: [22/tcp] }',
    'gateways:',
    `  vgw-1: { on: node, nics: { wan: 192.0.2.11, p1: 10.1.1.1 }, nat: { publish: [22/tcp -> web1${more.nat ?? ''}], masquerade: [p1 -> wan] } }`,
    '  vgw-2: { on: node, nics: { wan: 192.0.2.12, p2: 10.1.1.1 }, nat: { publish: [22/tcp -> 10.1.1.10] } }',
    ...(more.policy === undefined ? [] : ['policy:', ...more.policy.map((each) => `  - ${each}`)]),
    ...(more.expect === undefined ? [] : ['expect:', ...more.expect.map((each) => `  - ${each}`)]),
  );
}

const zoneText = (zones: readonly Zone[] | undefined): readonly string[] =>
  (zones ?? []).map((zone) => `${zone.internet ? 'beyond ' : ''}${zone.network}: ${zone.prefixes?.join(' ') ?? 'all'}`);

function publishOf(model: Model, gateway: string, port: number) {
  return model.gateways.get(gateway)?.publishes.find((each) => each.ports.first === port);
}

describe('an address', () => {
  test("that is published to is that of the gateway's own realm", () => {
    const model = modelOf(platforms({}));
    expect(publishOf(model, 'vgw-1', 22)?.target).toMatchObject({ guest: 'web1', network: 'p1' });
    expect(publishOf(model, 'vgw-2', 22)?.target).toMatchObject({ guest: 'web2', network: 'p2' });
  });

  test('with a realm means that one, with what lies beyond its own outer networks', () => {
    const { policy } = modelOf(
      platforms({
        policy: [
          '{ deny: 1/tcp, from: p2/10.1.1.0/24, to: wan }',
          '{ deny: 2/tcp, from: main/10.1.0.0/16, to: wan }',
          '{ deny: 3/tcp, from: 198.51.100.7, to: wan }',
        ],
      }),
    );
    const from = new Map(policy.map((entry) => [entry.text.split(' ')[1], zoneText(entry.from)]));
    expect(from.get('1/tcp')).toEqual(['p2: 10.1.1.0/24']);
    expect(from.get('2/tcp')?.slice(0, 1)).toEqual(['mgmt: 10.1.1.0/25 10.1.9.0/24']);
    expect(from.get('2/tcp')?.[1]).toMatch(/^beyond wan: 10\.1\.0\.0\/24 10\.1\.1\.128\/25 /);
    expect(from.get('3/tcp')).toEqual(['beyond wan: 198.51.100.7/32']);
  });

  test('outside that is published twice has one owner in the realm outside', () => {
    const outside = (listen: string): readonly string[] =>
      compileText(
        platforms({ nat: `, { listen: "203.0.113.5:80/tcp", to: web1:22 }` }).replace(
          '22/tcp -> 10.1.1.10]',
          `22/tcp -> 10.1.1.10, { listen: "${listen}:80/tcp", to: web2:22 }]`,
        ),
      )
        .diagnostics.filter(({ severity }) => severity === 'error')
        .map(({ code }) => code);
    expect(outside('203.0.113.5')).toEqual(['address-twice']);
    expect(outside('203.0.113.6')).toEqual([]);
  });

  test('may be the same in two realms, for guests, gateways and mapped addresses, and not twice in one', () => {
    const twice = platforms({})
      .replace('p2: 10.1.1.10', 'p1: 10.1.1.10')
      .replace('22/tcp -> 10.1.1.10', '22/tcp -> 10.1.1.9');
    expect(compileText(twice).diagnostics.map(({ code }) => code)).toContain('address-twice');
  });
});

describe('`from` of a published port', () => {
  test('never admits the guests of another realm by the addresses that a third has', () => {
    // mgmt, on which the gateway is not, has half of the addresses of p1, on which it is.
    const model = modelOf(platforms({ nat: ', { listen: "192.0.2.11:23/tcp", to: web1:22, from: [mgmt] }' }));
    expect(publishOf(model, 'vgw-1', 23)?.from).toEqual(['10.1.9.0/24']);
  });

  test('is judged in the realms of the gateway: a prefix that others have too needs no name', () => {
    const { model, diagnostics } = compileText(
      platforms({ nat: ', { listen: "192.0.2.11:23/tcp", to: web1:22, from: [198.51.100.0/24, p1] }' }),
    );
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(model && publishOf(model, 'vgw-1', 23)?.from).toEqual(['10.1.1.0/24', '198.51.100.0/24']);
  });
});

describe('an allow between realms', () => {
  const codes = (from: string, to: string): readonly string[] =>
    compileText(platforms({ policy: [`{ allow: 80/tcp, from: ${from}, to: ${to} }`] }))
      .diagnostics.map(({ code }) => code)
      .filter((code) => code !== 'publish-nobody-listens');

  test('opens nothing without a translation, and is told so', () => {
    expect(codes('p1', 'wan')).toEqual([]);
    expect(codes('p1', 'internet')).toEqual([]);
    expect(codes('wan', 'p1')).toEqual(['allow-without-path']);
    expect(codes('internet', 'web1')).toEqual(['allow-without-path']);
    expect(codes('p2', 'wan')).toEqual(['allow-without-path']);
    expect(codes('p1', 'vgw-1')).toEqual([]);
  });
});

describe('reaches', () => {
  const codes = (line: string): readonly string[] =>
    compileText(platforms({ expect: [line] })).diagnostics.map(({ code }) => code);

  test('knows which of two mappings of one address is meant, and whose address it is', () => {
    expect(codes('{ allow: 22/tcp, from: web1, to: p1/10.1.1.10, reaches: web1 }')).toEqual([]);
    expect(codes('{ allow: 22/tcp, from: web1, to: p2/10.1.1.10, reaches: web1 }')).toEqual(['reaches-impossible']);
  });
});

describe('probes', () => {
  const probesOf = (line: string) => probePlan(modelOf(platforms({ expect: [line] }))).probes;

  test('ask each of two nodes with one address, and count no answer of the other', () => {
    const probes = probesOf('{ deny: icmp, from: web1, to: [web1, web2, ops] }');
    expect(probes.map(({ to, target, twin }) => [to.node, to.address, target?.node, twin])).toEqual(
      expect.arrayContaining([
        ['web2', '10.1.1.10', 'web2', 'web1'],
        ['ops', '10.1.9.10', 'ops', null],
      ]),
    );
    expect(probes).toHaveLength(2);
  });

  test('to two nodes with one address are two', () => {
    const probes = probesOf('{ deny: icmp, from: ops, to: [web1, web2] }');
    expect(probes.map(({ to, twin }) => [to.node, to.address, twin]).sort()).toEqual([
      ['web1', '10.1.1.10', null],
      ['web2', '10.1.1.10', null],
    ]);
  });

  test('go from outside to both, each through the gateway of its realm', () => {
    const probes = probesOf('{ deny: icmp, from: internet, to: [p1/10.1.1.10, p2/10.1.1.10] }');
    expect(probes.map(({ target, forcedVia }) => [target?.node, forcedVia?.gateway]).sort()).toEqual([
      ['web1', 'vgw-1'],
      ['web2', 'vgw-2'],
    ]);
  });

  test('of a published port end at the guest of its realm', () => {
    const probes = probesOf('{ allow: 22/tcp, from: internet, to: [192.0.2.11, 192.0.2.12] }');
    expect(probes.map(({ to, target }) => [to.address, target?.node]).sort()).toEqual([
      ['192.0.2.11', 'web1'],
      ['192.0.2.12', 'web2'],
    ]);
  });

  test('of an address that nobody has take a temporary sender in that realm', () => {
    const plan = probePlan(modelOf(platforms({ expect: ['{ deny: icmp, from: p2/10.1.1.200, to: ops }'] })));
    expect(plan.temporary).toEqual([
      { node: 'temporary@p2', network: 'p2', addresses: ['10.1.1.200/24'], defaultVia: ['10.1.1.1'] },
    ]);
  });
});
