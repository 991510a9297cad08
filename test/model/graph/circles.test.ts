/** Loops and parts at layer 2, against a flood of frames through every small wiring. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileText } from '../support/compile-text.ts';

interface Case {
  readonly hosts: readonly {
    /** Fabric of each port, by bridge. */
    readonly ports: readonly (readonly string[])[];
    /** Which bridge carries which network, and which of them have a guest here. */
    readonly bridgeOf: readonly number[];
    readonly guests: readonly boolean[];
  }[];
}

/** Networks `n0` and `n1` in VLANs, `n2` without a tag. */
const TAGS = [10, 11, null] as const;

const cases: fc.Arbitrary<Case> = fc.record({
  hosts: fc.array(
    fc.record({
      ports: fc.array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }), { minLength: 1, maxLength: 2 }),
      bridgeOf: fc.array(fc.nat(1), { minLength: 3, maxLength: 3 }),
      guests: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

function fileOf({ hosts }: Case): string {
  const nameOf = (h: number): string => `h${String(h)}`;
  const file = {
    topology: 't',
    networks: Object.fromEntries(
      TAGS.map((tag, n) => [
        `n${String(n)}`,
        { ...(tag === null ? {} : { vlan: tag }), subnet: `10.0.${String(n)}.0/24` },
      ]),
    ),
    hosts: Object.fromEntries(
      hosts.map(({ ports, bridgeOf }, h) => [
        nameOf(h),
        {
          access: `ssh://root@${nameOf(h)}.example.net`,
          bridges: Object.fromEntries(
            ports.map((fabrics, b) => [
              `br${String(b)}`,
              {
                ports: fabrics.map((fabric, p) => ({ [`e${String(b)}${String(p)}`]: { fabric } })),
                ...(ports.length === 1 ? {} : namesOf(bridgeOf, b)),
              },
            ]),
          ),
        },
      ]),
    ),
    guests: Object.fromEntries(
      hosts.flatMap(({ guests }, h) =>
        guests.flatMap((there, n) =>
          there
            ? [
                [
                  `g${String(h)}${String(n)}`,
                  { on: nameOf(h), nics: { [`n${String(n)}`]: `10.0.${String(n)}.${String(10 + h)}` } },
                ],
              ]
            : [],
        ),
      ),
    ),
  };
  return JSON.stringify(file);
}

/** Of two bridges one names its networks and the other has the rest. */
function namesOf(bridgeOf: readonly number[], b: number): { readonly networks?: readonly string[] } {
  const mine = bridgeOf.flatMap((bridge, n) => (bridge === b ? [`n${String(n)}`] : []));
  return b === 0 && mine.length > 0 ? { networks: mine } : b === 0 ? { networks: ['n0'] } : {};
}

type Element = {
  readonly fabrics: readonly string[];
  readonly lets: (tag: number | null) => boolean;
  readonly host: number;
};

/** The bridges, as 802.1Q and the kernel have them. */
function bridgesOf({ hosts }: Case): readonly Element[] {
  return hosts.flatMap(({ ports, bridgeOf, guests }, host) => {
    const first = new Set(bridgeOf.flatMap((bridge, n) => (bridge === 0 ? [n] : [])));
    if (first.size === 0) first.add(0);
    return ports.map((fabrics, b): Element => {
      const carried = TAGS.flatMap((tag, n) =>
        guests[n] === true && (ports.length === 1 || (b === 0) === first.has(n)) ? [tag as number | null] : [],
      );
      const plain = carried.length === 0 || (carried.length === 1 && carried[0] === null);
      return { fabrics, host, lets: (tag) => plain || carried.includes(tag) };
    });
  });
}

/** Walks from a fabric without turning back through the port it came by: to be somewhere twice is to circle. */
function circles(bridges: readonly Element[], tag: number | null): boolean {
  const open = bridges.filter((bridge) => bridge.lets(tag));
  const walk = (fabric: string, by: Element | null, seen: ReadonlySet<string>): boolean =>
    seen.has(fabric) ||
    open.some(
      (bridge) =>
        bridge !== by &&
        bridge.fabrics.includes(fabric) &&
        bridge.fabrics.some((next) => next !== fabric && walk(next, bridge, new Set([...seen, fabric]))),
    );
  return ['a', 'b', 'c'].some((fabric) => walk(fabric, null, new Set()));
}

/** Whether a frame of every member reaches all other hosts with one. */
function whole(wiring: Case, bridges: readonly Element[], n: number): boolean {
  const tag = TAGS[n] ?? null;
  const members = wiring.hosts.flatMap(({ guests }, host) => (guests[n] === true ? [host] : []));
  const carrier = (host: number): Element | undefined => {
    const own = bridges.filter((bridge) => bridge.host === host);
    const bridgeOf = wiring.hosts[host]?.bridgeOf ?? [];
    const first = bridgeOf.some((bridge) => bridge === 0) ? bridgeOf[n] === 0 : n === 0;
    return own.length === 1 || first ? own[0] : own[1];
  };
  return members.every((from) => {
    const reached = new Set<Element | undefined>([carrier(from)]);
    for (const at of reached) {
      for (const bridge of bridges) {
        if (bridge.lets(tag) && bridge.fabrics.some((fabric) => at?.fabrics.includes(fabric) === true))
          reached.add(bridge);
      }
    }
    return members.every((to) => reached.has(carrier(to)));
  });
}

test('a loop is found exactly where frames come back, a part exactly where they do not arrive', () => {
  let loops = 0;
  let parts = 0;
  fc.assert(
    fc.property(cases, (wiring) => {
      const { diagnostics } = compileText(fileOf(wiring));
      const bridges = bridgesOf(wiring);
      const loop = TAGS.some((tag) => circles(bridges, tag));
      const apart = TAGS.flatMap((_, n) => (whole(wiring, bridges, n) ? [] : [`n${String(n)}`]));
      if (loop) loops += 1;
      if (apart.length > 0) parts += 1;
      expect(diagnostics.some(({ code }) => code === 'bridge-loop')).toBe(loop);
      const told = diagnostics.filter(({ code }) => code === 'partition').map(({ detail }) => detail.split(' ')[1]);
      expect(told.sort()).toEqual(apart);
    }),
    { numRuns: 1500, seed: 31 },
  );
  expect(Math.min(loops, parts)).toBeGreaterThan(150);
});

const two = (bridges: string, more = ''): string => `
topology: t
networks: { n: { vlan: 10, subnet: 10.0.0.0/24 }, m: { vlan: 11, subnet: 10.0.1.0/24 } }
hosts:
  one: { access: ssh://root@one.example.net, ${more} bridges: ${bridges} }
  two: { access: ssh://root@two.example.net, ${more} bridges: ${bridges} }
guests:
  a: { on: one, nics: { n: 10.0.0.10 } }
  b: { on: two, nics: { n: 10.0.0.11, m: 10.0.1.11 } }
`;
const loopsOf = (text: string): readonly string[] =>
  compileText(text).diagnostics.flatMap(({ code, detail }) => (code === 'bridge-loop' ? [detail] : []));

describe('what circles', () => {
  test('two hosts with a port each in the same two fabrics', () => {
    expect(loopsOf(two('{ br0: { ports: [eno1, { eno2: { fabric: spare } }] } }'))).toEqual([
      'Frames of network n would circle without end: from bridge br0 of host two through fabric spare, bridge br0 of host one, fabric default and back.',
    ]);
  });

  test('two ports of a bridge in one fabric; a bond of both is one port', () => {
    expect(loopsOf(two('{ br0: { ports: [eno1, eno2] } }'))).toHaveLength(2);
    const bond = 'bonds: { bond0: { ports: [eno1, eno2], mode: 802.3ad } },';
    expect(loopsOf(two('{ br0: { ports: [bond0] } }', bond))).toEqual([]);
  });

  test('not where the bridges of a host carry different VLANs; a bridge that nobody is on is plain and lets all through', () => {
    const bridges =
      '{ br0: { ports: [eno1, { eno2: { fabric: spare } }], networks: [n] }, br1: { ports: [eno3, { eno4: { fabric: spare } }] } }';
    const text = (...networks: readonly string[]): string => `
topology: t
networks: { n: { vlan: 10, subnet: 10.0.0.0/24 }, m: { vlan: 11, subnet: 10.0.0.128/25, realm: other } }
hosts: { one: { access: local, bridges: ${bridges} } }
guests: { ${networks.map((name) => `g${name}: { on: one, nics: { ${name}: 10.0.0.130 } }`).join(', ')} }
`;
    expect(loopsOf(text('n', 'm'))).toEqual([]);
    expect(loopsOf(text('n'))).toEqual([
      'Frames would circle without end: from bridge br1 of host one through fabric spare, bridge br0 of host one, fabric default and back.',
    ]);
  });
});
