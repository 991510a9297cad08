/** The size that the product is made for: it must not grow with the square of anything. */
import { expect, test } from 'vitest';
import type { Located, Topology } from '../../server/flow/topology.ts';
import { compileModel } from '../../server/model/compile.ts';
import {
  blankGatewayEntry,
  blankGatewayNicEntry,
  blankGuestEntry,
  blankGuestNicEntry,
  blankHostEntry,
  blankNetworkEntry,
} from '../support/blank.ts';

const HOSTS = 200;
const NETWORKS = 1000;
const GUESTS = 10_000;

function largeTopology(): Topology {
  let line = 1;
  const place = () => ({ file: 'large.yaml', line: (line += 1), column: 1 });
  const at = <T>(value: T): Located<T> => ({ value, place: place() });
  const entry = (name: string) => ({ name, place: place(), description: null });
  const count = (length: number): number[] => Array.from({ length }, (_, index) => index);
  const subnet = (n: number): string => `10.${String(n >> 8)}.${String(n & 255)}`;
  const networks = count(NETWORKS).map((n) => ({
    ...blankNetworkEntry,
    ...entry(`n${String(n)}`),
    vlan: at(n + 2),
    subnets: [at(`${subnet(n)}.0/24`)],
  }));
  const wan = {
    ...blankNetworkEntry,
    ...entry('wan'),
    vlan: at(4000),
    subnets: [at('192.0.2.0/24')],
    routers: [at('192.0.2.1')],
    external: true,
  };
  const hosts = count(HOSTS).map((h) => {
    const port = { device: 'eno1', fabric: 'default', takeover: false, place: place() };
    const bridge = { ...entry('br0'), ports: [port], existing: null, networks: null };
    const access = at({ type: 'ssh', user: 'root', host: `h${String(h)}.example.net`, port: 22 } as const);
    return { ...blankHostEntry, ...entry(`h${String(h)}`), access, bridges: new Map([['br0', bridge]]) };
  });
  const guests = count(GUESTS).map((g) => {
    const network = `n${String(g % NETWORKS)}`;
    const nic = {
      ...blankGuestNicEntry,
      ...entry(network),
      addresses: [at(`${subnet(g % NETWORKS)}.${String(10 + Math.floor(g / NETWORKS))}`)],
    };
    const listens = [at({ protocol: 'tcp', ports: [{ first: 80, last: 80 }] } as const)];
    return {
      ...blankGuestEntry,
      ...entry(`g${String(g)}`),
      on: at(`h${String(g % HOSTS)}`),
      nics: new Map([[network, nic]]),
      listens,
    };
  });
  const nicOf = (network: string, address: string) =>
    [network, { ...blankGatewayNicEntry, ...entry(network), addresses: [at(address)] }] as const;
  const gateway = {
    ...blankGatewayEntry,
    ...entry('gw'),
    on: [at('h0')],
    runs: at('netns' as const),
    nics: new Map([
      nicOf('wan', '192.0.2.11'),
      ...count(NETWORKS).map((n) => nicOf(`n${String(n)}`, `${subnet(n)}.1`)),
    ]),
    publish: count(GUESTS).map((g) => ({
      place: place(),
      text: `p${String(g)}`,
      listen: null,
      protocol: 'tcp' as const,
      ports: [{ first: 1000 + g, last: 1000 + g }],
      to: at({ guest: `g${String(g)}`, address: null }),
      toPort: 80,
      from: null,
    })),
  };
  const policy = count(1000).map((n) => ({
    place: place(),
    text: `l${String(n)}`,
    verdict: 'allow' as const,
    services: [{ protocol: 'any' as const }],
    from: [at(`n${String(n)}`)],
    to: [at('internet'), at('g1*')],
    log: false,
    reject: false,
  }));
  const map = <T extends { readonly name: string }>(list: readonly T[]) =>
    new Map(list.map((each) => [each.name, each]));
  return {
    file: 'large.yaml',
    name: 'large',
    place: place(),
    description: null,
    networks: map([...networks, wan]),
    hosts: map(hosts),
    guests: map(guests),
    gateways: map([gateway]),
    policy,
    expect: [],
    damaged: new Set(),
  };
}

test('10,000 guests on 1,000 networks and 200 hosts compile', () => {
  const topology = largeTopology();
  const { model, diagnostics } = compileModel(topology);
  expect(diagnostics.filter((each) => each.severity === 'error')).toEqual([]);
  expect(model?.guests.size).toBe(GUESTS);
  expect(model?.gateways.get('gw')?.publishes).toHaveLength(GUESTS);
}, 30_000);
