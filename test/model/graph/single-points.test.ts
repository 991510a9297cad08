/** Single points of failure, against taking each thing away and looking who still reaches whom. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { graphDocument } from '../../../server/model/graph.ts';
import { pathsOf } from '../../../server/model/graph/paths.ts';
import type { Paths } from '../../../server/model/graph/paths.ts';
import { singlePoints } from '../../../server/model/graph/single-points.ts';
import { EXAMPLE } from '../support/example.ts';
import { modelOf } from '../support/compile-text.ts';

/** The parts that points fall into where some are gone. */
function partsWithout({ points, edges }: Paths, gone: ReadonlySet<number>): readonly ReadonlySet<number>[] {
  const parts: Set<number>[] = [];
  for (let start = 0; start < points; start += 1) {
    if (gone.has(start) || parts.some((part) => part.has(start))) continue;
    const part = new Set([start]);
    for (const point of part) {
      for (const [one, other] of edges) {
        if (one === point && !gone.has(other)) part.add(other);
        if (other === point && !gone.has(one)) part.add(one);
      }
    }
    parts.push(part);
  }
  return parts;
}

/** Thing → how many ends are left in each piece of a part that falls apart without it. */
function expectedPieces(paths: Paths): ReadonlyMap<string, readonly (readonly string[])[]> {
  const before = partsWithout(paths, new Set());
  const found = new Map<string, (readonly string[])[]>();
  for (const [id, points] of paths.things) {
    const after = partsWithout(paths, new Set(points));
    for (const part of before) {
      const pieces = after
        .filter((piece) => [...piece].some((point) => part.has(point)))
        .map((piece) => [...piece].flatMap((point) => paths.ends.get(point) ?? []).sort())
        .filter((ends) => ends.length > 0)
        .sort((a, b) => b.length - a.length || ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
      if (pieces.length > 1) found.set(id, [...(found.get(id) ?? []), ...pieces.slice(1)]);
    }
  }
  return found;
}

const randomPaths: fc.Arbitrary<Paths> = fc.integer({ min: 1, max: 14 }).chain((points) => {
  const point = fc.nat(points - 1);
  return fc
    .record({
      edges: fc.uniqueArray(fc.tuple(point, point), {
        maxLength: 24,
        selector: ([one, other]) => `${String(Math.min(one, other))} ${String(Math.max(one, other))}`,
      }),
      ends: fc.uniqueArray(point, { maxLength: points }),
      things: fc.array(fc.uniqueArray(point, { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
    })
    .map(({ edges, ends, things }) => ({
      points,
      edges: edges.filter(([one, other]) => one !== other),
      ends: new Map(ends.map((end) => [end, `end:${String.fromCharCode(97 + end)}`])),
      things: new Map(things.map((each, index) => [`thing:${String(index)}`, each])),
    }));
});

test('a thing is one exactly where the rest falls apart without it', () => {
  let found = 0;
  fc.assert(
    fc.property(randomPaths, (paths) => {
      const expected = expectedPieces(paths);
      found += expected.size;
      const points = singlePoints(paths);
      expect([...points.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [id, cutOff] of points) expect(cutOff).toEqual([...new Set(expected.get(id)?.flat())].sort());
    }),
    { numRuns: 3000, seed: 7 },
  );
  expect(found).toBeGreaterThan(500);
});

test('the core example, thing by thing', () => {
  const paths = pathsOf(modelOf(EXAMPLE));
  const expected = expectedPieces(paths);
  const points = singlePoints(paths);
  expect([...points.keys()].sort()).toEqual([...expected.keys()].sort());
});

const SITE = (gateway: string, ports: string): string => `
topology: site
networks:
  wan: { vlan: 10, subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  lan: { vlan: 20, subnet: 10.0.0.0/24, router: 10.0.0.1 }
  dmz: { vlan: 30, subnet: 10.0.1.0/24, router: 10.0.1.1 }
hosts:
  one: { access: ssh://root@one.example.net, bridges: { br0: { ports: ${ports} } } }
  two: { access: ssh://root@two.example.net, bridges: { br0: { ports: ${ports} } } }
guests:
  a: { on: one, nics: { lan: 10.0.0.10 } }
  b: { on: two, nics: { lan: 10.0.0.11 } }
  c: { on: two, nics: { dmz: 10.0.1.11 } }
gateways:
  gw: { on: ${gateway}, runs: netns, nics: { wan: { shared: 192.0.2.10 }, lan: { shared: 10.0.0.1 }, dmz: { shared: 10.0.1.1 } } }
`;
const cutsOff = (text: string): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    graphDocument(modelOf(text)).nodes.flatMap(({ id, singlePointOfFailure }) =>
      singlePointOfFailure === undefined ? [] : [[id, singlePointOfFailure.cutsOff] as const],
    ),
  );

describe('what depends on what', () => {
  test('an only gateway, its host, the ports and the fabric between', () => {
    expect(cutsOff(SITE('[one]', '[eno1]'))).toEqual({
      'gateway:gw': ['guest:c', 'internet'],
      'host:one': ['guest:c', 'internet'],
      'bridge:one/br0': ['guest:c', 'internet'],
      'port:one/eno1': ['guest:b', 'guest:c', 'internet'],
      'port:two/eno1': ['guest:b', 'guest:c'],
      'fabric:default': ['guest:b', 'guest:c', 'internet'],
    });
  });

  test('a cluster on two hosts takes the gateway and its hosts off the list', () => {
    expect(Object.keys(cutsOff(SITE('[one, two]', '[eno1]'))).sort()).toEqual([
      'fabric:default',
      'port:one/eno1',
      'port:two/eno1',
    ]);
  });

  test('where nothing is alone, nothing is said', () => {
    const alone = `
topology: alone
networks: { lan: { subnet: 10.0.0.0/24 } }
hosts: { here: { access: local, bridges: { br0: {} } } }
guests: { a: { on: here, nics: { lan: 10.0.0.10 } }, b: { on: here, nics: { lan: 10.0.0.11 } } }
`;
    expect(cutsOff(alone)).toEqual({});
  });

  test('VXLAN depends on what carries its underlay', () => {
    const overlay = cutsOff(EXAMPLE);
    expect(overlay['port:gw-x/eno1']).toContain('guest:f2');
    expect(overlay['fabric:default']).toContain('guest:f2');
    expect(overlay['gateway:vgw-1']).not.toContain('guest:f2');
  });

  test('a port without a bridge, of a gateway on the host itself', () => {
    const bare = `
topology: bare
networks:
  wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  lan: { vlan: 20, subnet: 10.0.0.0/24 }
hosts:
  here:
    access: local
    bridges: { br0: { ports: [{ eno2: { fabric: floor } }], networks: [lan] } }
    nics: { wan: { port: eno1, address: 192.0.2.10 }, lan: 10.0.0.1 }
guests: { a: { on: here, nics: { lan: 10.0.0.10 } } }
gateways: { gw: { on: [here], runs: host, nics: { wan: { address: 192.0.2.11 }, lan: { address: 10.0.0.2 } } } }
`;
    expect(cutsOff(bare)).toMatchObject({
      'port:here/eno1': ['host:here', 'internet'],
      'fabric:default': ['internet'],
    });
  });
});
