/** Topologies of three hosts that have much in common: networks over one wire whose VNIs change hands, a gateway that moves. */
import type { Model } from '../../../server/flow/model.ts';
import { oneOf } from '../../support/seeded.ts';
import { modelOf } from '../../support/topologies.ts';

export const HOSTS = ['one', 'two', 'three'] as const;
const NETWORKS = ['red', 'blue', 'green'] as const;
type Network = (typeof NETWORKS)[number];

export interface Town {
  /** Those that are there, with their VNIs. */
  readonly networks: readonly { readonly name: Network; readonly vni: number }[];
  /** `red-one`: the guest of that network on that host. */
  readonly guests: readonly { readonly network: Network; readonly host: string }[];
  readonly gateway: string | null;
  /** Who may send to whom, through the gateway. */
  readonly allowed: readonly { readonly from: Network; readonly to: Network }[];
}

export function randomTown(random: () => number): Town {
  const vnis = [5001, 5002, 5003, 5004].toSorted(() => random() - 0.5);
  const names = NETWORKS.filter(() => random() < 0.8);
  const networks = (names.length === 0 ? (['red'] as const) : names).map((name, index) => ({
    name,
    vni: vnis[index] ?? 5000,
  }));
  const guests = networks.flatMap(({ name }) => {
    const on = HOSTS.filter(() => random() < 0.7);
    return (on.length === 0 ? [oneOf(random, HOSTS)] : on).map((host) => ({ network: name, host }));
  });
  const pairs = networks.flatMap(({ name: from }) =>
    networks.flatMap(({ name: to }) => (from === to ? [] : [{ from, to }])),
  );
  return {
    networks,
    guests,
    gateway: random() < 0.8 ? oneOf(random, HOSTS) : null,
    allowed: pairs.filter(() => random() < 0.4),
  };
}

export const guestName = ({ network, host }: Town['guests'][number]): string => `${network}-${host}`;

const subnetOf = (network: Network): string => `10.9.${String(NETWORKS.indexOf(network) + 1)}`;

export function townModel({ networks, guests, gateway, allowed }: Town): Model {
  const lines = [
    'topology: town',
    'networks:',
    '  mgmt: { subnet: 10.0.20.0/24 }',
    ...networks.map(
      ({ name, vni }) =>
        `  ${name}: { transport: vxlan, vni: ${String(vni)}, underlay: mgmt, subnet: ${subnetOf(name)}.0/24 }`,
    ),
    'hosts:',
    ...HOSTS.map(
      (host, index) =>
        `  ${host}: { access: local, bridges: { br0: { ports: [eno1] } }, nics: { mgmt: 10.0.20.1${String(index + 1)} } }`,
    ),
    'guests:',
    ...guests.map(
      (guest) =>
        `  ${guestName(guest)}: { on: ${guest.host}, nics: { ${guest.network}: ${subnetOf(guest.network)}.1${String(HOSTS.findIndex((host) => host === guest.host) + 1)} } }`,
    ),
    ...(gateway === null
      ? []
      : [
          'gateways:',
          `  gw: { on: [${gateway}], runs: netns, nics: { ${networks.map(({ name }) => `${name}: ${subnetOf(name)}.1`).join(', ')} } }`,
        ]),
    ...(gateway === null || allowed.length === 0
      ? []
      : ['policy:', ...allowed.map(({ from, to }) => `  - { allow: 4000/udp, from: ${from}, to: ${to} }`)]),
    '',
  ];
  return modelOf(lines.join('\n'));
}

/**
 * Whether what the one sends can reach the other: an independent little model of what the file says. It speaks of networks: a
 * guest that is only in the other state has an address in one of them.
 */
export function mayReach(town: Town, from: string, to: string): boolean {
  const ends = [networkOf(from), networkOf(to)];
  const [source, target] = ends;
  const there = ends.every((end) => town.networks.some(({ name }) => name === end));
  if (!there) return false;
  if (source === target) return true;
  // Between the same two ports either way: what answers a flow that is allowed passes too.
  return town.gateway !== null && town.allowed.some((each) => ends.includes(each.from) && ends.includes(each.to));
}

function networkOf(guest: string): string {
  return guest.slice(0, guest.indexOf('-'));
}
