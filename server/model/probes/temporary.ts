/**
 * Members put on networks that have none, so that they can be probed. Their addresses are taken from the end of the subnet,
 * where people seldom begin, and are never anybody's.
 */
import type { Address, Prefix } from '../../core/address.ts';
import { formatAddress, mustParsePrefix } from '../../core/address.ts';
import type { Model } from '../../flow/model.ts';
import type { TemporaryMember } from '../../flow/probe.ts';
import type { IndexedSubnet } from '../subnet-index.ts';
import type { AddressBook, Node, NodeAddress } from './address-book.ts';

export interface TemporaryMembers {
  /** The temporary member of a network, with an address in each of its subnets. */
  readonly on: (network: string) => Node;
  /** The same, with an address in that part of a subnet. */
  readonly within: (network: string, part: Prefix) => Node;
  readonly made: () => readonly TemporaryMember[];
}

/** Addresses that are not free although no node has them. */
export type Reserved = (network: string, address: Address) => boolean;

export function temporaryMembers(model: Model, book: AddressBook, reserved: Reserved): TemporaryMembers {
  const addresses = new Map<string, Map<Address, NodeAddress & { readonly length: number }>>();
  const byPart = new Map<string, Node>();

  const within = (network: string, part: Prefix): Node => {
    const key = `${network} ${part}`;
    const cached = byPart.get(key);
    if (cached !== undefined) return cached;
    const subnet = (book.subnets.byNetwork.get(network) ?? []).find((each) => {
      const wanted = mustParsePrefix(part);
      return each.family === wanted.family && wanted.first >= each.first && wanted.last <= each.last;
    });
    const address = subnet === undefined ? undefined : freeAddress(part, subnet, book, reserved);
    const list: NodeAddress[] = [];
    if (subnet !== undefined && address !== undefined) {
      const own = { address, family: subnet.family, network, leads: true };
      list.push(own);
      const all = addresses.get(network) ?? new Map<Address, NodeAddress & { readonly length: number }>();
      all.set(address, { ...own, length: subnet.length });
      addresses.set(network, all);
    }
    const node = temporaryNode(network, list);
    byPart.set(key, node);
    return node;
  };

  return {
    within,
    on: (network) => {
      const subnets = book.subnets.byNetwork.get(network) ?? [];
      return temporaryNode(
        network,
        subnets.flatMap((subnet) => within(network, subnet.text).addresses),
      );
    },
    made: () =>
      [...addresses]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([network, list]): TemporaryMember => ({
          node: nodeName(network),
          network,
          addresses: [...list.values()].map((each) => `${each.address}/${String(each.length)}`).sort(),
          defaultVia: routersOf(model, network, [...list.values()]),
        })),
  };
}

/** No name has an `@` in it, and a gateway's member has a host behind it, never a network. */
function nodeName(network: string): string {
  return `temporary@${network}`;
}

function temporaryNode(network: string, addresses: readonly NodeAddress[]): Node {
  return { name: nodeName(network), sort: 'temporary', addresses, listens: [] };
}

function freeAddress(part: Prefix, whole: IndexedSubnet, book: AddressBook, reserved: Reserved): Address | undefined {
  const range = mustParsePrefix(part);
  const small = whole.last - whole.first < 2n;
  for (let value = range.last; value >= range.first; value -= 1n) {
    if (!small && (value === whole.first || value === whole.last)) continue;
    const address = formatAddress(range.family, value);
    if (book.ownerOf(whole.realm, address) === undefined && !reserved(whole.network, address)) return address;
  }
  return undefined;
}

function routersOf(model: Model, network: string, addresses: readonly NodeAddress[]): readonly Address[] {
  const routers: Address[] = [];
  for (const family of [4, 6] as const) {
    if (!addresses.some((each) => each.family === family)) continue;
    const router = model.networks
      .get(network)
      ?.subnets.find((each) => each.router !== null && mustParsePrefix(each.prefix).family === family)?.router;
    if (router != null && !addresses.some((each) => each.address === router)) routers.push(router);
  }
  return routers;
}
