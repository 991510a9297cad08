/**
 * In: what the names are, the subnets and who has which address. Out: for an endpoint as written the addresses that it means,
 * each on the network where they are met. What lies in no subnet of the topology lies beyond the external networks.
 *
 * `p3/10.1.1.0/24` means the addresses of that realm: its subnets, and what lies beyond its own external networks. Without a
 * realm an address means whichever realm has it; that several have it is said elsewhere.
 */
import type { Address, Prefix } from '../../core/address.ts';
import { hostPrefix, mustParsePrefix, prefixCovers } from '../../core/address.ts';
import type { Zone } from '../../flow/model.ts';
import type { GatewayEntry, Topology } from '../../flow/topology.ts';
import { membersOf } from '../address-claims.ts';
import { readEndpoint } from '../endpoints.ts';
import { mergePrefixes, subtractPrefixes } from '../prefixes.ts';
import { compareText } from '../report.ts';
import { realmOf, realmsOf, realmsOn } from '../realms.ts';
import { subnetsIn, subnetsWithin } from '../subnet-index.ts';
import type { Addresses } from './addresses-have-one-owner.ts';
import type { Named, Names } from './names-mean-one-thing.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

/** What the endpoints mean together: sorted by network, `internet` last; empty where they have no address at all. */
export type ZonesOf = (...endpoints: readonly string[]) => readonly Zone[];

/** Addresses of a gateway that only its published ports name, by gateway. */
export type NatAddresses = ReadonlyMap<string, readonly { readonly network: string; readonly address: Address }[]>;

export function zoneResolver(
  topology: Topology,
  names: Names,
  subnets: Subnets,
  addresses: Addresses,
  nat: NatAddresses,
  /** What lies in other realms is left out: whoever asks never sees it. */
  seen: readonly string[] = realmsOf(topology),
): ZonesOf {
  const external = [...topology.networks.values()].filter((network) => network.external);
  const beyond = (realms: readonly string[], prefixes: readonly Prefix[] | null): Zone[] =>
    external
      .filter((network) => realms.includes(realmOf(network)))
      .map(({ name }) => ({ network: name, internet: true, prefixes }));

  const isSeen = (network: string): boolean => seen.includes(realmOf(topology.networks.get(network)));
  const nicsOf = (owner: string, networks: Iterable<string>): Zone[] =>
    [...networks].filter(isSeen).map((network) =>
      on(
        network,
        addresses.of(owner, network).map((each) => hostPrefix(each.address)),
      ),
    );

  const zonesOfName = ({ kind, name }: Named): Zone[] => {
    switch (kind) {
      case 'network':
        return isSeen(name)
          ? [
              on(
                name,
                (subnets.byNetwork.get(name) ?? []).map((subnet) => subnet.text),
              ),
            ]
          : [];
      case 'guest':
        return nicsOf(name, topology.guests.get(name)?.nics.keys() ?? []);
      case 'host':
        return nicsOf(name, topology.hosts.get(name)?.nics.keys() ?? []);
      case 'gateway': {
        const further = (nat.get(name) ?? [])
          .filter(({ network }) => isSeen(network))
          .map(({ network, address }) => on(network, [hostPrefix(address)]));
        const gateway = topology.gateways.get(name);
        if (gateway === undefined) return [];
        // What a member has for itself is the gateway's, too.
        const own = [...gateway.nics.keys()].filter(isSeen).flatMap((network) =>
          membersOf(gateway).map((host) =>
            on(
              network,
              addresses.ofMember(name, network, host).map((each) => hostPrefix(each.address)),
            ),
          ),
        );
        return [...nicsOf(name, gateway.nics.keys()), ...own, ...further];
      }
    }
  };

  const zonesOfPrefix = (prefix: Prefix, realm: string | null): Zone[] => {
    const realms = realm === null ? seen : seen.filter((each) => each === realm);
    const met = realms.flatMap((each) => subnetsWithin(subnets, each, prefix));
    const inside = met.map((subnet) => on(subnet.network, [prefixCovers(prefix, subnet.text) ? subnet.text : prefix]));
    const rest = subtractPrefixes(
      [prefix],
      met.map((subnet) => subnet.text),
    );
    return rest.length === 0 ? inside : [...inside, ...beyond(realms, rest)];
  };

  const resolve = (endpoint: string): Zone[] => {
    const form = readEndpoint(endpoint);
    switch (form.type) {
      case 'internet':
        return beyond(seen, null);
      case 'name': {
        const named = names.byName.get(form.name);
        return named === undefined ? [] : zonesOfName(named);
      }
      case 'glob':
        return names.matching(form.pattern).flatMap(zonesOfName);
      case 'address':
        return zonesOfPrefix(hostPrefix(form.address), form.realm);
      case 'prefix':
        return zonesOfPrefix(form.prefix, form.realm);
    }
  };

  // Many lines name the same ends, and a glob may stand for thousands of guests.
  const cache = new Map<string, readonly Zone[]>();
  return (...endpoints) => {
    const key = endpoints.join(' ');
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    const zones = mergeZones(endpoints.flatMap(resolve));
    cache.set(key, zones);
    return zones;
  };
}

/** Endpoints as each gateway sees them, before any port mapping is known. Gateways in the same realms see the same. */
export function seenByGateways(
  topology: Topology,
  names: Names,
  subnets: Subnets,
  addresses: Addresses,
): (gateway: GatewayEntry) => ZonesOf {
  const resolvers = new Map<string, ZonesOf>();
  return (gateway) => {
    const realms = realmsOn(topology, gateway.nics.keys());
    const key = realms.join(' ');
    const resolver = resolvers.get(key) ?? zoneResolver(topology, names, subnets, addresses, new Map(), realms);
    resolvers.set(key, resolver);
    return resolver;
  };
}

/** One zone a network and side, their prefixes merged; `null` (all that lies beyond) swallows the rest. */
function mergeZones(zones: readonly Zone[]): readonly Zone[] {
  const merged = new Map<
    string,
    { readonly network: string; readonly internet: boolean; all: boolean; readonly prefixes: Prefix[] }
  >();
  for (const { network, internet, prefixes } of zones) {
    const key = `${network}/${String(internet)}`;
    const zone = merged.get(key) ?? { network, internet, all: false, prefixes: [] };
    if (prefixes === null) zone.all = true;
    else for (const prefix of prefixes) zone.prefixes.push(prefix);
    merged.set(key, zone);
  }
  return [...merged.values()]
    .filter((zone) => zone.all || zone.prefixes.length > 0)
    .map(({ network, internet, all, prefixes }): Zone => ({
      network,
      internet,
      prefixes: all ? null : mergePrefixes(prefixes),
    }))
    .sort((a, b) => Number(a.internet) - Number(b.internet) || compareText(a.network, b.network));
}

/** The zones as plain prefixes, both families; all that lies beyond is every address less the subnets of these realms. */
export function prefixesOf(zones: readonly Zone[], subnets: Subnets, realms: readonly string[]): readonly Prefix[] {
  const prefixes: Prefix[] = [];
  for (const zone of zones) {
    if (zone.prefixes !== null) prefixes.push(...zone.prefixes);
    else
      prefixes.push(
        ...subtractPrefixes(
          ['0.0.0.0/0', '::/0'],
          subnetsIn(subnets, realms).map((subnet) => subnet.text),
        ),
      );
  }
  return mergePrefixes(prefixes);
}

export function familyOfPrefix(prefix: Prefix): 4 | 6 {
  return mustParsePrefix(prefix).family;
}

function on(network: string, prefixes: readonly Prefix[]): Zone {
  return { network, internet: false, prefixes };
}
