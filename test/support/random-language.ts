/**
 * Random topologies that use the whole language at once and are right as a rule: several hosts with bonds, realms with the same
 * subnets, automatic addresses, isolation, clusters, several gateways on a network, VXLAN, one-to-one, templates.
 */
import fc from 'fast-check';
import type { Json } from '../../server/core/json.ts';

type Part = Record<string, Json>;

interface Shape {
  readonly hosts: readonly { readonly bond: boolean; readonly capacity: boolean; readonly existing: boolean }[];
  readonly platforms: number;
  readonly cluster: boolean;
  readonly second: boolean;
  readonly overlay: boolean;
  readonly ipv6: boolean;
  readonly isolated: boolean;
  readonly untagged: boolean;
  readonly dhcp: boolean;
  readonly guests: readonly {
    readonly host: number;
    readonly network: number;
    readonly address: number;
    readonly auto: boolean;
    readonly two: boolean;
    readonly mac: boolean;
    readonly protection: 'protected' | 'restart' | 'none';
  }[];
  readonly publish: readonly number[];
  readonly oneToOne: boolean;
  readonly routes: boolean;
  readonly balance: boolean;
  readonly policy: readonly {
    readonly from: number;
    readonly to: number;
    readonly port: number;
    readonly deny: boolean;
  }[];
  readonly expect: readonly { readonly from: number; readonly to: number; readonly lost: boolean }[];
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  hosts: fc.array(fc.record({ bond: fc.boolean(), capacity: fc.boolean(), existing: fc.boolean() }), {
    minLength: 2,
    maxLength: 3,
  }),
  platforms: fc.nat(3),
  cluster: fc.boolean(),
  second: fc.boolean(),
  overlay: fc.boolean(),
  ipv6: fc.boolean(),
  isolated: fc.boolean(),
  untagged: fc.boolean(),
  dhcp: fc.boolean(),
  guests: fc.array(
    fc.record({
      host: fc.nat(2),
      network: fc.nat(2),
      address: fc.integer({ min: 10, max: 60 }),
      auto: fc.boolean(),
      two: fc.boolean(),
      mac: fc.boolean(),
      protection: fc.constantFrom('protected', 'restart', 'none'),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  publish: fc.uniqueArray(fc.integer({ min: 2000, max: 2009 }), { maxLength: 3 }),
  oneToOne: fc.boolean(),
  routes: fc.boolean(),
  balance: fc.boolean(),
  policy: fc.array(
    fc.record({ from: fc.nat(3), to: fc.nat(3), port: fc.integer({ min: 1, max: 9 }), deny: fc.boolean() }),
    { maxLength: 5 },
  ),
  expect: fc.array(fc.record({ from: fc.nat(3), to: fc.nat(3), lost: fc.boolean() }), { maxLength: 3 }),
});

const NETWORKS = ['app', 'data', 'desk'] as const;
const ENDS = [...NETWORKS, 'internet'] as const;
const hostName = (index: number): string => `h${String(index)}`;
const pick = <T>(list: readonly T[], index: number): T => {
  const found = list[index % list.length];
  if (found === undefined) throw new Error('an empty list');
  return found;
};

/** Whole files, as trees. */
export const languageTrees: fc.Arbitrary<Part> = shapes.map(treeOf);

function treeOf(shape: Shape): Part {
  const guests = guestsOf(shape);
  return {
    topology: 'language',
    description: 'made by chance',
    parameters: { platforms: shape.platforms },
    networks: networksOf(shape),
    hosts: hostsOf(shape),
    guests,
    gateways: gatewaysOf(shape, guests),
    policy: policyOf(shape),
    expect: expectOf(shape),
    ...(shape.platforms === 0 ? {} : { for: [platform(shape)] }),
  };
}

function networksOf(shape: Shape): Part {
  const subnet = (index: number): Json =>
    shape.ipv6 ? [`10.0.${String(index)}.0/24`, `2001:db8:${String(index)}::/64`] : `10.0.${String(index)}.0/24`;
  return {
    wan: { vlan: 10, subnet: '192.0.2.0/24', router: '192.0.2.1', external: true },
    mgmt: { ...(shape.untagged ? {} : { vlan: 20 }), subnet: '10.20.0.0/24', mtu: 1600 },
    app: { vlan: 101, subnet: subnet(1), ...(shape.second ? { router: '10.0.1.1' } : {}), dhcp: shape.dhcp },
    data: shape.overlay
      ? { transport: 'vxlan', vni: 500, underlay: 'mgmt', subnet: '10.0.2.0/24' }
      : { vlan: 102, subnet: subnet(2), isolated: shape.isolated },
    desk: { vlan: 103, subnet: '10.0.3.0/24', ...(shape.second ? { router: '10.0.3.1' } : {}) },
  };
}

function hostsOf({ hosts, untagged }: Shape): Part {
  return Object.fromEntries(
    hosts.map(({ bond, capacity, existing }, index) => [
      hostName(index),
      {
        access: `ssh://root@${hostName(index)}.example.net`,
        ...(bond ? { bonds: { bond0: { ports: ['eno1', 'eno2'], mode: '802.3ad', hash: 'layer3+4' } } } : {}),
        bridges: { br0: { ports: [bond ? 'bond0' : 'eno1'], ...(existing && !untagged ? { existing } : {}) } },
        nics: { mgmt: `10.20.0.${String(10 + index)}` },
        ...(capacity ? { capacity: { cpus: 8, memory: '16G' } } : {}),
      },
    ]),
  );
}

function guestsOf(shape: Shape): Record<string, Part> {
  return Object.fromEntries(
    shape.guests.map(({ host, network, address, auto, two, mac, protection }, index) => {
      const name = pick(NETWORKS, network);
      const other = pick(NETWORKS, network + 1);
      const written = `10.0.${String(1 + (network % 3))}.${String(address)}`;
      const nic: Json = mac && !auto ? { address: written, mac: 'low24' } : auto ? 'auto' : written;
      return [
        `g${String(index)}`,
        {
          on: hostName(host % shape.hosts.length),
          nics: two
            ? { [name]: { ...(typeof nic === 'string' ? { address: nic } : nic), default: true }, [other]: 'auto' }
            : { [name]: nic },
          listens: ['80/tcp', '53'],
          protection,
        },
      ];
    }),
  );
}

function gatewaysOf(shape: Shape, guests: Readonly<Record<string, Part>>): Part {
  const on = shape.cluster ? ['h0', 'h1'] : ['h0'];
  const address = shape.cluster ? 'shared' : 'address';
  const targets = Object.keys(guests);
  const ipv6 = (index: number): Json =>
    shape.ipv6 && !(index === 2 && shape.overlay)
      ? [`10.0.${String(index)}.1`, `2001:db8:${String(index)}::1`]
      : `10.0.${String(index)}.1`;
  const first = shape.guests[0];
  const inside =
    first !== undefined && !first.auto ? `10.0.${String(1 + (first.network % 3))}.${String(first.address)}` : undefined;
  const gw: Part = {
    on,
    nics: {
      wan: { [address]: '192.0.2.11' },
      app: { [address]: ipv6(1) },
      data: { [address]: ipv6(2) },
      desk: { [address]: '10.0.3.1' },
    },
    nat: {
      masquerade: ['app -> wan', 'desk -> wan'],
      publish: shape.publish.map((port) => `${String(port)}/tcp -> ${pick(targets, port)}:80`),
      ...(shape.oneToOne && inside !== undefined ? { 'one-to-one': [`192.0.2.50 <-> ${inside}`] } : {}),
    },
    ...(shape.cluster ? { failover: { advertise: '200ms', 'keep-connections': true } } : {}),
    ...(shape.routes ? { routes: [{ to: '10.50.0.0/16', via: '10.0.1.254' }] } : {}),
    ...(shape.balance
      ? { balance: [{ listen: '192.0.2.11:8080/tcp', to: targets.map((name) => `${name}:80`), method: 'round-robin' }] }
      : {}),
  };
  return shape.second
    ? { gw, gw2: { on: ['h1'], nics: { app: { address: '10.0.1.2' }, desk: { address: '10.0.3.2' } } } }
    : { gw };
}

function policyOf({ policy }: Shape): Json {
  const lines = policy.map(({ from, to, port, deny }): Part => ({
    [deny ? 'deny' : 'allow']: `${String(port)}/tcp`,
    from: pick(ENDS, from),
    to: pick(NETWORKS, to),
    ...(deny ? { log: true } : {}),
  }));
  return [...new Map(lines.map((line) => [JSON.stringify(line), line])).values()];
}

function expectOf({ expect }: Shape): Json {
  return expect.map(({ from, to, lost }): Part => ({
    deny: '99/tcp',
    from: pick(ENDS, from),
    to: pick(NETWORKS, to),
    ...(lost ? { 'even-without': 'h1' } : {}),
  }));
}

/** Networks and addresses that are the same in every realm, and a gateway for each. */
function platform({ isolated }: Shape): Part {
  return {
    n: '1..${platforms}',
    networks: { 'p${n}': { vlan: '${200 + n}', realm: 'r${n}', subnet: '10.9.0.0/24', isolated } },
    guests: {
      'p${n}-a': { on: 'h1', nics: { 'p${n}': '10.9.0.10' }, listens: ['22/tcp'] },
      'p${n}-b': { on: 'h0', nics: { 'p${n}': 'auto' } },
    },
    gateways: {
      'pg-${n}': {
        on: ['h0'],
        nics: { wan: { shared: "${address('192.0.2.0/24', 100 + n)}" }, 'p${n}': { shared: '10.9.0.1' } },
        nat: { masquerade: ['p${n} -> wan'], publish: ['22/tcp -> p${n}-a'] },
      },
    },
    policy: [{ allow: '443/tcp', from: 'p${n}', to: 'internet' }],
  };
}

/** The same tree with the keys of every map in another order. */
export function reordered(tree: Json, order: (keys: readonly string[]) => readonly string[]): Json {
  if (Array.isArray(tree)) return (tree as readonly Json[]).map((each) => reordered(each, order));
  if (typeof tree !== 'object' || tree === null) return tree;
  const map = tree as Readonly<Record<string, Json>>;
  return Object.fromEntries(order(Object.keys(map)).map((key) => [key, reordered(map[key] ?? null, order)]));
}
