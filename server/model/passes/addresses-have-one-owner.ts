/**
 * In: the resolved topology and its subnets. Out: every NIC's addresses with their prefix length, and who has which address.
 * An address has one owner in its realm; a gateway's shared addresses come before its own, so that the first of a family is
 * the one that masquerade, publish and default routes mean. What one member of a cluster has for itself comes in neither.
 */
import type { Address, InterfaceAddress } from '../../core/address.ts';
import type { Topology } from '../../flow/topology.ts';
import type { AddressOwner, Claim } from '../address-claims.ts';
import { claimsOf } from '../address-claims.ts';
import { realmOf } from '../realms.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';
import type { IndexedSubnet } from '../subnet-index.ts';
import { subnetKey, subnetOf, subnetOn } from '../subnet-index.ts';
import type { Subnets } from './subnets-are-disjoint.ts';
import { unusable } from './subnets-are-disjoint.ts';

export interface NicAddress {
  readonly address: Address;
  readonly written: InterfaceAddress;
  readonly subnet: IndexedSubnet;
}

export interface Addresses {
  /** Who has the address in that realm. */
  readonly ownerOf: (realm: string, address: Address) => AddressOwner | undefined;
  /** Of a gateway those that flows know it by: the shared ones, and of an only member its own. */
  readonly of: (owner: string, network: string) => readonly NicAddress[];
  /** What one of several members of a gateway has for itself alone. */
  readonly ofMember: (gateway: string, network: string, host: string) => readonly NicAddress[];
}

export function settleAddresses(topology: Topology, subnets: Subnets, notes: Notes): Addresses {
  const owners = new Map<string, AddressOwner>();
  const realmOn = (network: string): string => realmOf(topology.networks.get(network));
  const refused = new Set<Claim>();
  const claims = claimsOf(topology);
  // Who wrote an address first has it, whatever sort of thing it is; the later one is told.
  for (const claim of [...claims].sort((a, b) => byPlace(a.at.place, b.at.place))) {
    const { at, owner } = claim;
    const subnet = subnetOn(subnets, owner.network, at.value);
    const key = realmKey(realmOn(owner.network), at.value);
    const first = owners.get(key);
    const reason = subnet === undefined ? undefined : unusable(subnet, at.value);
    if (subnet === undefined) reportOutside(claim, topology, subnets, notes);
    else if (reason !== undefined) {
      notes.report(
        'address-unusable',
        at.place,
        `${at.value} is the ${reason} of ${subnet.text}; no NIC can have it.`,
        {
          hint: 'choose another address of the subnet',
        },
      );
    } else if (first !== undefined) reportTwice(claim, first, notes);
    else {
      owners.set(key, owner);
      continue;
    }
    notes.doubtful.add(owner.name);
    refused.add(claim);
  }

  const byNic = new Map<string, NicAddress[]>();
  for (const claim of claims) {
    const subnet = subnetOn(subnets, claim.owner.network, claim.at.value);
    if (subnet === undefined || refused.has(claim)) continue;
    const key = nicKey(claim.owner.name, claim.owner.network, claim.member);
    const list = byNic.get(key) ?? [];
    list.push({ address: claim.at.value, written: `${claim.at.value}/${String(subnet.length)}`, subnet });
    byNic.set(key, list);
  }
  const ownerOf = (realm: string, address: Address): AddressOwner | undefined => owners.get(realmKey(realm, address));
  warnOfGuestsAsRouters(subnets, ownerOf, notes);
  return {
    ownerOf,
    of: (owner, network) => byNic.get(nicKey(owner, network, null)) ?? [],
    ofMember: (gateway, network, host) => byNic.get(nicKey(gateway, network, host)) ?? [],
  };
}

function reportOutside({ at, owner }: Claim, topology: Topology, subnets: Subnets, notes: Notes): void {
  if (notes.doubtful.has(owner.network)) return;
  const own = topology.networks.get(owner.network)?.subnets.map((each) => each.value) ?? [];
  const other = subnetOf(subnets, realmOf(topology.networks.get(owner.network)), at.value);
  notes.report(
    'address-outside',
    at.place,
    own.length === 0
      ? `Network ${owner.network} has no subnet, so ${at.value} has no prefix length there.`
      : `${at.value} of ${owner.kind} ${owner.name} is not in ${own.join(' or ')}, the addresses of network ${owner.network}; its neighbours would not answer it.`,
    {
      hint:
        other !== undefined
          ? `${at.value} is in ${other.text}, which is network ${other.network}: is the NIC meant to be there?`
          : own.length === 0
            ? `add a \`subnet:\` to network ${owner.network}`
            : `choose an address in ${own.join(' or ')}`,
    },
  );
}

function reportTwice({ at, owner }: Claim, first: AddressOwner, notes: Notes): void {
  const same = first.name === owner.name;
  notes.report(
    'address-twice',
    at.place,
    same
      ? `${at.value} is written twice for ${owner.kind} ${owner.name}.`
      : `${at.value} of ${owner.kind} ${owner.name} belongs to ${first.kind} ${first.name} already; two stations with one address take each other's packets.`,
    {
      hint: same ? 'remove one of the two' : 'choose a free address for one of them',
      related: [related(first.place, 'first used here')],
    },
  );
}

/** A guest may well be a router that somebody else runs; more often its address was mistyped. */
function warnOfGuestsAsRouters(subnets: Subnets, ownerOf: Addresses['ownerOf'], notes: Notes): void {
  for (const subnet of [...subnets.byNetwork.values()].flat()) {
    const router = subnets.routers.get(subnetKey(subnet));
    const owner = router === undefined ? undefined : ownerOf(subnet.realm, router.value);
    if (router === undefined || owner?.kind !== 'guest') continue;
    notes.report(
      'router-is-guest',
      owner.place,
      `${router.value} is the router of network ${owner.network}, so guest ${owner.name} would have to pass on the packets of all its members.`,
      {
        hint: 'if it is no router, give the guest another address',
        related: [related(router.place, 'the router is named here')],
      },
    );
  }
}

function nicKey(owner: string, network: string, member: string | null): string {
  return `${owner}/${network}/${member ?? ''}`;
}

function realmKey(realm: string, address: Address): string {
  return `${realm} ${address}`;
}
