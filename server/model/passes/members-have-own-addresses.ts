/**
 * In: the resolved gateways and all addresses. Out: what each member has on each NIC for itself. Of an only member that is
 * whatever does not move; a member of a cluster without an IPv4 address of its own gets a link-local one (RFC 3927), which VRRP
 * needs to send its adverts from, and which nobody routes. IPv6 has link-local addresses anyway.
 */
import type { InterfaceAddress } from '../../core/address.ts';
import { formatAddress, mustParseAddress } from '../../core/address.ts';
import { nearestHint } from '../../core/nearest.ts';
import type { GatewayEntry, GatewayNicEntry, Topology } from '../../flow/topology.ts';
import { claimsOf, membersOf } from '../address-claims.ts';
import { chooseNumbers } from '../choose-numbers.ts';
import type { Notes } from '../report.ts';
import { listNames } from '../report.ts';
import type { Addresses } from './addresses-have-one-owner.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

export type MemberAddresses = (gateway: string, network: string, host: string) => readonly InterfaceAddress[];

/** Without the first and the last 256, which RFC 3927 (2.1) reserves: 169.254.1.0 to 169.254.254.255. */
const LINK_LOCAL = { first: mustParseAddress('169.254.1.0').value, size: 254 * 256, length: 16 } as const;

export function settleMemberAddresses(
  topology: Topology,
  subnets: Subnets,
  addresses: Addresses,
  notes: Notes,
): MemberAddresses {
  for (const gateway of topology.gateways.values()) {
    for (const nic of gateway.nics.values()) checkNic(gateway, nic, notes);
  }
  const derived = deriveLinkLocals(topology, subnets, addresses);
  return (name, network, host) => {
    const gateway = topology.gateways.get(name);
    if (gateway === undefined) return [];
    if (membersOf(gateway).length > 1) {
      const own = addresses.ofMember(name, network, host).map((each) => each.written);
      const linkLocal = derived.get(`${network} ${memberName(name, host)}`);
      return linkLocal === undefined ? own : [...own, linkLocal];
    }
    const shared = new Set(gateway.nics.get(network)?.shared.map((each) => each.value));
    return addresses
      .of(name, network)
      .filter(({ address }) => !shared.has(address))
      .map((each) => each.written);
  };
}

function checkNic(gateway: GatewayEntry, nic: GatewayNicEntry, notes: Notes): void {
  const hosts = membersOf(gateway);
  const open = hosts.filter((name) => !nic.own.some(({ host }) => host.value === name));
  for (const { host } of nic.own) {
    if (hosts.includes(host.value) || notes.doubtful.has(gateway.name)) continue;
    notes.report(
      'not-a-member',
      host.place,
      `Gateway ${gateway.name} does not run on ${host.value}, so nobody would have the address: its ${hosts.length === 1 ? 'host is' : 'hosts are'} ${listNames(hosts)}.`,
      { hint: nearestHint(host.value, open) ?? `name one of its hosts, or add ${host.value} to \`on\`` },
    );
  }
  const [first] = nic.addresses;
  if (first === undefined || hosts.length < 2) return;
  const example = hosts.map((host) => `${host}: ADDRESS`).join(', ');
  notes.report(
    'address-of-whom',
    first.place,
    `Gateway ${gateway.name} has ${String(hosts.length)} members, and \`address: ${first.value}\` on ${nic.name} does not say which of them has it; two stations with one address take each other's packets.`,
    {
      hint: `write \`shared: ${first.value}\` for an address that moves to whichever member is at work, or each member's own: \`address: { ${example} }\``,
    },
  );
}

/** By network and name of the member. */
function deriveLinkLocals(
  topology: Topology,
  subnets: Subnets,
  addresses: Addresses,
): ReadonlyMap<string, InterfaceAddress> {
  const derived = new Map<string, InterfaceAddress>();
  const written = writtenLinkLocals(topology);
  for (const [network, names] of membersWithout(topology, subnets, addresses)) {
    for (const [name, number] of chooseNumbers(
      names,
      'link-local',
      LINK_LOCAL.size,
      written.get(network) ?? new Set(),
    )) {
      const address = formatAddress(4, LINK_LOCAL.first + BigInt(number));
      derived.set(`${network} ${name}`, `${address}/${String(LINK_LOCAL.length)}`);
    }
  }
  return derived;
}

/** By network that has IPv4, the members of clusters that have no IPv4 address of their own there. */
function membersWithout(
  topology: Topology,
  subnets: Subnets,
  addresses: Addresses,
): ReadonlyMap<string, readonly string[]> {
  const without = new Map<string, string[]>();
  for (const gateway of topology.gateways.values()) {
    const hosts = membersOf(gateway);
    if (hosts.length < 2) continue;
    for (const network of gateway.nics.keys()) {
      if ((subnets.byNetwork.get(network) ?? []).every((subnet) => subnet.family !== 4)) continue;
      for (const host of hosts) {
        if (addresses.ofMember(gateway.name, network, host).some(({ subnet }) => subnet.family === 4)) continue;
        without.set(network, [...(without.get(network) ?? []), memberName(gateway.name, host)]);
      }
    }
  }
  return without;
}

/** By network. */
function writtenLinkLocals(topology: Topology): ReadonlyMap<string, ReadonlySet<number>> {
  const numbers = new Map<string, Set<number>>();
  for (const { at, owner } of claimsOf(topology)) {
    const { family, value } = mustParseAddress(at.value);
    const number = value - LINK_LOCAL.first;
    if (family !== 4 || number < 0n || number >= BigInt(LINK_LOCAL.size)) continue;
    numbers.set(owner.network, (numbers.get(owner.network) ?? new Set()).add(Number(number)));
  }
  return numbers;
}

function memberName(gateway: string, host: string): string {
  return `${gateway}@${host}`;
}
