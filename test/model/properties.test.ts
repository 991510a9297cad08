/** What must hold of every topology: order means nothing, names and ids stay, searches agree with the plain way. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, mustParsePrefix, prefixContains, prefixesOverlap } from '../../server/core/address.ts';
import { digest } from '../../server/core/hash.ts';
import type { Model } from '../../server/flow/model.ts';
import { matchesGlob } from '../../server/model/glob.ts';
import * as interfaceNames from '../../server/model/interface-names.ts';
import { subtractPrefixes } from '../../server/model/prefixes.ts';
import { indexSubnets, subnetOf, subnetsWithin } from '../../server/model/subnet-index.ts';
import { compileText, withoutPlaces } from './support/compile-text.ts';

type Tree = Record<string, unknown>;

/** A topology of some networks, hosts, guests and one gateway; right as a rule, sometimes with a mistake in it. */
const topology = fc
  .record({
    networks: fc.integer({ min: 1, max: 6 }),
    hosts: fc.integer({ min: 1, max: 3 }),
    guests: fc.array(fc.record({ host: fc.nat(2), network: fc.nat(5), address: fc.integer({ min: 10, max: 40 }) }), {
      maxLength: 8,
    }),
    policy: fc.array(
      fc.record({
        from: fc.nat(5),
        to: fc.nat(5),
        port: fc.constantFrom('443/tcp', '53', 'icmp', 'any'),
        deny: fc.boolean(),
      }),
      { maxLength: 5 },
    ),
    publish: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
  })
  .map((shape): Tree => {
    const network = (index: number): string => `n${String(index % shape.networks)}`;
    const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
    return {
      topology: 'generated',
      networks: {
        wan: { vlan: 99, subnet: '192.0.2.0/24', router: '192.0.2.1', external: true },
        ...Object.fromEntries(
          range(shape.networks).map((n) => [
            `n${String(n)}`,
            { ...(n === 0 ? {} : { vlan: 100 + n }), subnet: `10.0.${String(n)}.0/24` },
          ]),
        ),
      },
      hosts: Object.fromEntries(
        range(shape.hosts).map((h) => [
          `h${String(h)}`,
          { access: `ssh://root@h${String(h)}.example.net`, bridges: { br0: { ports: ['eno1'] } } },
        ]),
      ),
      guests: Object.fromEntries(
        shape.guests.map((guest, g) => [
          `g${String(g)}`,
          {
            on: `h${String(guest.host % shape.hosts)}`,
            nics: {
              [network(guest.network)]: `10.0.${String(guest.network % shape.networks)}.${String(guest.address)}`,
            },
          },
        ]),
      ),
      gateways: {
        gw: {
          on: 'h0',
          nics: {
            wan: '192.0.2.11',
            ...Object.fromEntries(range(shape.networks).map((n) => [`n${String(n)}`, `10.0.${String(n)}.1`])),
          },
          nat: {
            masquerade: ['n0 -> wan'],
            ...(shape.guests.length === 0 || shape.publish.length === 0
              ? {}
              : { publish: shape.publish.map((port) => `${String(port)}/tcp -> g0:80`) }),
          },
        },
      },
      ...(shape.policy.length === 0
        ? {}
        : {
            policy: shape.policy.map(({ from, to, port, deny }) => ({
              [deny ? 'deny' : 'allow']: port,
              from: network(from),
              to: [network(to), 'internet'],
            })),
          }),
    };
  });

/** The same tree with the keys of every map in another order. */
function reordered(value: unknown, seed: string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => reordered(item, seed));
  if (typeof value !== 'object' || value === null) return value;
  const rank = (key: string): string => digest(seed, key).toString('hex');
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1))
      .map(([key, member]) => [key, reordered(member, seed)]),
  );
}

const compiled = (tree: unknown) => compileText(JSON.stringify(tree, null, 1));

describe('any topology', () => {
  test('means the same whatever the order of its keys', () => {
    let right = 0;
    fc.assert(
      fc.property(topology, fc.string(), (tree, seed) => {
        const one = compiled(tree);
        const other = compiled(reordered(tree, seed));
        if (one.model !== null) right += 1;
        expect(withoutPlaces(other.model)).toEqual(withoutPlaces(one.model));
        expect(other.diagnostics.map((each) => each.code).sort()).toEqual(
          one.diagnostics.map((each) => each.code).sort(),
        );
      }),
      { numRuns: 150 },
    );
    // A generator of mistakes alone would prove nothing.
    expect(right).toBeGreaterThan(20);
  }, 60_000);

  test('keeps every name and id when something else is added', () => {
    fc.assert(
      fc.property(topology, (tree) => {
        const before = compiled(tree).model;
        const more = {
          ...tree,
          networks: { ...(tree['networks'] as Tree), 'a-new': { vlan: 300, subnet: '10.77.0.0/24' } },
          guests: { 'a-guest': { on: 'h0', nics: { 'a-new': '10.77.0.5' } }, ...(tree['guests'] as Tree) },
          policy: [
            { allow: '1/tcp', from: 'a-guest', to: 'internet' },
            ...((tree['policy'] as unknown[] | undefined) ?? []),
          ],
        };
        const after = compiled(more).model;
        if (before === null) return;
        expect(after).not.toBeNull();
        if (after !== null) expect(namesOf(after)).toEqual(expect.arrayContaining([...namesOf(before)]));
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

function namesOf(model: Model): readonly string[] {
  return [
    ...model.policy.map((each) => `${each.id} ${each.text}`),
    ...[...model.gateways.values()].flatMap((gateway) => [
      ...gateway.publishes.map((each) => each.id),
      ...gateway.masquerades.map((each) => each.id),
      ...gateway.members.flatMap((member) => member.nics.map((nic) => `${nic.device} ${nic.mac}`)),
    ]),
    ...[...model.hosts.values()].flatMap((host) => [
      ...host.attachments.map(
        (each) => `${each.device} ${each.peer?.device ?? ''} ${each.peer?.mac ?? ''} ${each.bridge}`,
      ),
      ...host.bridges.map((bridge) => `${host.name} ${bridge.device} ${bridge.mac}`),
    ]),
  ];
}

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,62}$/);

describe('interface names', () => {
  test('fit into 15 bytes of the safe alphabet, whatever the names in the file', () => {
    fc.assert(
      fc.property(name, name, name, (topologyName, owner, network) => {
        for (const make of [
          interfaceNames.freeEndName,
          interfaceNames.hostEndName,
          interfaceNames.gatewayNicName,
          interfaceNames.hostNicName,
          interfaceNames.vxlanName,
          interfaceNames.vxlanBridgeName,
        ]) {
          expect(interfaceNames.isInterfaceName(make(topologyName, owner, network))).toBe(true);
        }
      }),
    );
  });
});

describe('globs', () => {
  test('match as the regular expression would', () => {
    const letters = fc.stringMatching(/^[ab-]{0,8}$/);
    fc.assert(
      fc.property(fc.stringMatching(/^[ab*-]{0,6}$/), letters, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
        expect(matchesGlob(pattern, text)).toBe(expression.test(text));
      }),
      { numRuns: 2000 },
    );
  });

  // A regular expression would try 2^30 ways: the time limit of the test would tell.
  test('a hostile pattern is as quick as any', () => {
    expect(matchesGlob('*a'.repeat(30), `${'a'.repeat(62)}b`)).toBe(false);
  });
});

describe('subnets', () => {
  const prefix = fc
    .record({ address: fc.nat(0xffff), length: fc.integer({ min: 18, max: 32 }) })
    .map(({ address, length }) => {
      const parsed = mustParsePrefix(`${formatAddress(4, 0x0a00_0000n + BigInt(address))}/${String(length)}`);
      return parsed.text;
    });
  const disjoint = fc
    .array(prefix, { maxLength: 12 })
    .map((all) => all.filter((one, at) => !all.slice(0, at).some((other) => prefixesOverlap(one, other))));

  test('are found by bisection as by looking at each', () => {
    fc.assert(
      fc.property(disjoint, prefix, (all, wanted) => {
        const index = indexSubnets(all.map((text) => ({ ...mustParsePrefix(text), network: text, realm: 'main' })));
        const address = wanted.slice(0, wanted.indexOf('/'));
        expect(subnetOf(index, 'main', address)?.text).toBe(all.find((text) => prefixContains(text, address)));
        expect(
          subnetsWithin(index, 'main', wanted)
            .map((each) => each.text)
            .sort(),
        ).toEqual(all.filter((text) => prefixesOverlap(text, wanted)).sort());
      }),
      { numRuns: 500 },
    );
  });

  test('a prefix less the subnets in it holds exactly the other addresses', () => {
    fc.assert(
      fc.property(disjoint, prefix, fc.nat(0xffff), (all, from, probe) => {
        const address = formatAddress(4, 0x0a00_0000n + BigInt(probe));
        const rest = subtractPrefixes([from], all);
        const expected = prefixContains(from, address) && !all.some((text) => prefixContains(text, address));
        expect(rest.some((text) => prefixContains(text, address))).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });
});
