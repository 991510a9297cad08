/**
 * In: the networks that gateways have NICs on and their routes. Out: which way a gateway sends what is for a prefix, as the
 * kernel would choose: the longest match, networks of its own before routes to others.
 */
import type { Address, Prefix } from '../core/address.ts';
import { familyOf, mustParsePrefix, prefixCovers } from '../core/address.ts';
import type { Topology } from '../flow/topology.ts';
import type { Addresses } from './passes/addresses-have-one-owner.ts';
import type { WaysOut } from './passes/nodes-have-one-way-out.ts';
import { everything, subtractPrefixes } from './prefixes.ts';
import { realmOf } from './realms.ts';
import type { Subnets } from './passes/subnets-are-disjoint.ts';

export type Hop =
  | { readonly type: 'connected'; readonly network: string }
  | { readonly type: 'router'; readonly network: string; readonly via: Address; readonly to: Prefix };

export interface Forwarding {
  /** Whether some gateway has a way that is not to a network of its own. */
  readonly routed: boolean;
  readonly attachedTo: (network: string) => readonly string[];
  /** Where a gateway sends what is for the whole of that prefix; `undefined` where it drops it. */
  readonly hop: (gateway: string, to: Prefix) => Hop | undefined;
  /** Whether it has a way of its own to a smaller part of the prefix: an aggregate need not be there as a whole. */
  readonly leadsInto: (gateway: string, to: Prefix) => boolean;
  /** The gateway that has this address on that network. */
  readonly ownerOf: (network: string, address: Address) => string | undefined;
  /** What lies behind a NIC beside the subnets of its network, by the routes that lead there; beyond external networks nothing. */
  readonly behind: (gateway: string, network: string) => readonly Prefix[];
}

interface Line {
  readonly to: Prefix;
  readonly hop: Hop;
}

export function gatewayForwarding(
  topology: Topology,
  subnets: Subnets,
  addresses: Addresses,
  ways: WaysOut,
): Forwarding {
  const tables = new Map<string, readonly Line[]>();
  const attached = new Map<string, string[]>();
  for (const gateway of topology.gateways.values()) {
    tables.set(gateway.name, tableOf(gateway.name, [...gateway.nics.keys()], subnets, ways));
    for (const network of gateway.nics.keys()) {
      const list = attached.get(network);
      if (list === undefined) attached.set(network, [gateway.name]);
      else list.push(gateway.name);
    }
  }
  const isExternal = (network: string): boolean => topology.networks.get(network)?.external === true;
  return {
    routed: [...tables.values()].some((table) => table.some(({ hop }) => hop.type === 'router')),
    attachedTo: (network) => attached.get(network) ?? [],
    hop: (gateway, to) => tables.get(gateway)?.find((line) => prefixCovers(line.to, to))?.hop,
    leadsInto: (gateway, to) =>
      tables.get(gateway)?.some((line) => line.to !== to && prefixCovers(to, line.to)) === true,
    ownerOf: (network, address) => {
      const owner = addresses.ownerOf(realmOf(topology.networks.get(network)), address);
      return owner?.kind === 'gateway' && owner.network === network ? owner.name : undefined;
    },
    behind: (gateway, network) => behind(tables.get(gateway) ?? [], network, isExternal(network)),
  };
}

/** Longest first, so that the first that covers is the one. */
function tableOf(gateway: string, networks: readonly string[], subnets: Subnets, ways: WaysOut): readonly Line[] {
  const { defaults, routes } = ways.of('gateway', gateway);
  const connected = networks.flatMap((network) =>
    (subnets.byNetwork.get(network) ?? []).map((subnet): Line => ({
      to: subnet.text,
      hop: { type: 'connected', network },
    })),
  );
  const routed = [...routes, ...defaults.map((way) => ({ ...way, to: everything(familyOf(way.via)) }))].map(
    ({ to, via, network }): Line => ({ to, hop: { type: 'router', network, via, to } }),
  );
  const length = ({ to }: Line): number => mustParsePrefix(to).length;
  return [...connected, ...routed].sort((a, b) => length(b) - length(a));
}

function behind(table: readonly Line[], network: string, external: boolean): readonly Prefix[] {
  const found = table.flatMap(({ to, hop }) => {
    if (hop.type !== 'router' || hop.network !== network || (external && to.endsWith('/0'))) return [];
    const longer = table.filter((other) => other.hop !== hop && other.to !== to && prefixCovers(to, other.to));
    return subtractPrefixes(
      [to],
      longer
        .filter((other) => other.hop.type === 'connected' || other.hop.network !== network)
        .map((other) => other.to),
    );
  });
  return subtractPrefixes(found, []);
}
