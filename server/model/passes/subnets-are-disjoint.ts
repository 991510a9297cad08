/**
 * In: the resolved networks. Out: the subnets that an address can be looked up in, and the written routers that lie in them.
 * Within one realm an address belongs to one network, or packets could not be routed; other realms may have the very same
 * subnets. What overlaps is left out after it is reported, so that its addresses are not reported as well.
 */
import { familyOf, mustParseAddress, mustParsePrefix } from '../../core/address.ts';
import type { Address, Family, ParsedPrefix, Prefix } from '../../core/address.ts';
import { giveBackMemory } from '../../core/memory.ts';
import type { Located, NetworkEntry, Topology } from '../../flow/topology.ts';
import type { IndexedSubnet, SubnetIndex } from '../subnet-index.ts';
import { indexSubnets, subnetKey, subnetOn } from '../subnet-index.ts';
import { realmOf, realmsOf } from '../realms.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';

export interface Subnets extends SubnetIndex {
  /** Written routers, by `subnetKey` of the subnet they lie in. */
  readonly routers: ReadonlyMap<string, Located<Address>>;
}

export function settleSubnets(topology: Topology, notes: Notes): Subnets {
  const entries = [...topology.networks.values()];
  const index = indexSubnets(realmsOf(topology).flatMap((realm) => withoutOverlaps(realm, entries, notes)));
  const routers = new Map<string, Located<Address>>();
  for (const network of entries) {
    for (const router of network.routers) {
      const subnet = subnetOn(index, network.name, router.value);
      if (subnet === undefined) reportOutside(network, router, notes);
      else if (unusable(subnet, router.value) !== undefined) {
        notes.report(
          'address-unusable',
          router.place,
          `${router.value} is the ${unusable(subnet, router.value) ?? ''} of ${subnet.text}; no router can have it.`,
          {
            hint: 'name the address that the router really has',
          },
        );
      } else routers.set(subnetKey(subnet), router);
    }
  }
  return { ...index, routers };
}

/** Why nobody can have the address in that subnet; `undefined` where somebody can. */
export function unusable(subnet: ParsedPrefix, address: Address): string | undefined {
  const { family, value } = mustParseAddress(address);
  if (family === 4) {
    // RFC 3021: a /31 has no network and no broadcast address, and a /32 is one address.
    if (subnet.length >= 31) return undefined;
    if (value === subnet.first) return 'network address';
    return value === subnet.last ? 'broadcast address' : undefined;
  }
  // RFC 4291 2.6.1; RFC 6164 lifts it for /127.
  return value === subnet.first && subnet.length < 127 ? 'subnet-router anycast address' : undefined;
}

interface Candidate extends IndexedSubnet {
  readonly at: Located<Prefix>;
}

function withoutOverlaps(realm: string, all: readonly NetworkEntry[], notes: Notes): IndexedSubnet[] {
  const entries = all.filter((network) => realmOf(network) === realm);
  const kept: Candidate[] = [];
  for (const family of [4, 6] as const) {
    const dropped = new Set<Candidate>();
    // Sorted by first address, whatever overlaps a subnet comes right after it, until one starts behind its end.
    const sorted = candidates(entries, family).sort((a, b) =>
      a.first < b.first ? -1 : a.first > b.first ? 1 : a.length - b.length,
    );
    let reaching: Candidate | undefined;
    for (const next of sorted) {
      if (reaching !== undefined && next.first <= reaching.last) {
        const [earlier, later] = byPlace(reaching.at.place, next.at.place) <= 0 ? [reaching, next] : [next, reaching];
        reportOverlap(earlier, later, notes);
        dropped.add(later);
        notes.doubtful.add(later.network);
        if (next.last <= reaching.last) continue;
      }
      reaching = next;
    }
    kept.push(...sorted.filter((each) => !dropped.has(each)));
  }
  return kept;
}

function candidates(entries: readonly NetworkEntry[], family: Family): Candidate[] {
  const found: Candidate[] = [];
  for (const network of entries) {
    for (const at of network.subnets) {
      if (familyOf(at.value) !== family) continue;
      found.push({ ...mustParsePrefix(at.value), network: network.name, realm: realmOf(network), at });
    }
  }
  giveBackMemory();
  return found;
}

function reportOverlap(earlier: Candidate, later: Candidate, notes: Notes): void {
  const how = earlier.text === later.text ? 'is the same as' : 'overlaps';
  const whose = earlier.network === later.network ? 'of the same network' : `of network ${earlier.network}`;
  notes.report(
    'subnets-overlap',
    later.at.place,
    `${later.text} of network ${later.network} ${how} ${earlier.text} ${whose}: an address in both would be on two networks, and no route could tell them apart.`,
    {
      hint:
        earlier.network === later.network
          ? 'choose a subnet that is free'
          : 'choose a subnet that is free; networks that are meant to have the same addresses, and are never routed to each other, belong to different realms (`realm: NAME`)',
      related: [related(earlier.at.place, `${earlier.text} is here`)],
    },
  );
}

function reportOutside(network: NetworkEntry, router: Located<Address>, notes: Notes): void {
  // Its subnet may be gone because it overlaps another one.
  if (notes.doubtful.has(network.name)) return;
  const subnets = network.subnets.map((each) => each.value);
  notes.report(
    'router-outside',
    router.place,
    subnets.length === 0
      ? `Network ${network.name} has no subnet, so ${router.value} can be reached by nobody on it.`
      : `${router.value} is not in ${subnets.join(' or ')}; members of network ${network.name} could not reach it without another router.`,
    { hint: subnets.length === 0 ? 'add `subnet:`' : 'name an address of the subnet' },
  );
}
