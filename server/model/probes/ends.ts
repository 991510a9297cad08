/**
 * In: an end of an expectation. Out: the nodes that it stands for, each with the addresses that count. A network stands for its
 * members (guests; gateways and hosts are not members of it), and one without members for a temporary one.
 */
import type { Prefix } from '../../core/address.ts';
import { familyOf, mustParsePrefix, prefixContains, prefixCovers } from '../../core/address.ts';
import type { Address } from '../../core/address.ts';
import type { Endpoint, Expectation } from '../../flow/model.ts';
import { subtractPrefixes } from '../prefixes.ts';
import { realmsMet, subnetsWithin } from '../subnet-index.ts';
import type { IndexedSubnet } from '../subnet-index.ts';
import type { AddressBook, Node, NodeAddress } from './address-book.ts';
import type { Outside } from './outside.ts';
import type { TemporaryMembers } from './temporary.ts';

/** `node` is `null` for an address that nobody has. */
export interface End {
  readonly node: Node | null;
  readonly addresses: readonly NodeAddress[];
  /** Every one of the addresses is meant, not just whichever suits. */
  readonly exact: boolean;
}

export interface EndContext {
  readonly book: AddressBook;
  readonly outside: Outside;
  readonly temporary: TemporaryMembers;
}

/** The name of the node beyond the external networks. */
const INTERNET = 'internet';

export function endsOf(
  endpoint: Endpoint,
  side: 'from' | 'to',
  verdict: Expectation['verdict'],
  context: EndContext,
): readonly End[] {
  const { book, outside } = context;
  switch (endpoint.type) {
    case 'guest':
    case 'host': {
      const node = book.nodes.get(endpoint.name);
      return node === undefined ? [] : [wholeNode(node)];
    }
    case 'gateway': {
      const nodes = book.gatewayNodes(endpoint.name);
      // Members share their addresses: a packet to one of them is asked once, whoever answers.
      return (side === 'to' ? nodes.slice(0, 1) : nodes).map(wholeNode);
    }
    case 'network':
      return membersOf(endpoint.name, side === 'to' && verdict === 'deny', context);
    case 'internet':
      return internet(Object.values(outside.general), context);
    case 'prefix':
      return isOneAddress(endpoint.prefix)
        ? oneAddress(endpoint.prefix, endpoint.realm, side, context)
        : wholePrefix(endpoint.prefix, endpoint.realm, context);
  }
}

/**
 * The guests on a network, or a temporary one. A host that has an address there is no member: it routes for itself (its default
 * route is not ours) and may have NICs on other networks. What must not get in must not get to it either, though.
 */
function membersOf(network: string, withHosts: boolean, { book, temporary }: EndContext): readonly End[] {
  const nodes = book.membersOf(network);
  const guests = nodes.filter((node) => node.sort === 'guest');
  const hosts = withHosts ? nodes.filter((node) => node.sort !== 'guest') : [];
  const onNetwork = [...guests, ...hosts].map((node) => ({
    node,
    addresses: node.addresses.filter((each) => each.network === network),
    exact: false,
  }));
  return guests.length > 0 ? onNetwork : [wholeNode(temporary.on(network)), ...onNetwork];
}

function wholeNode(node: Node): End {
  return { node, addresses: node.addresses, exact: false };
}

function internet(addresses: readonly Address[], { outside }: EndContext): readonly End[] {
  const network = outside.nics[0]?.network;
  if (network === undefined || addresses.length === 0) return [];
  const own = addresses.map((address): NodeAddress => ({
    address,
    family: familyOf(address),
    network: INTERNET,
    leads: true,
  }));
  return [{ node: { name: INTERNET, sort: 'internet', addresses: own, listens: [] }, addresses: own, exact: true }];
}

function isOneAddress(prefix: Prefix): boolean {
  const { first, last } = mustParsePrefix(prefix);
  return first === last;
}

function oneAddress(prefix: Prefix, realm: string | null, side: 'from' | 'to', context: EndContext): readonly End[] {
  const { book, outside, temporary } = context;
  const address = prefix.slice(0, prefix.lastIndexOf('/'));
  const family = familyOf(address);
  const owner = book.ownerOf(realm, address);
  if (owner !== undefined) {
    const own = owner.addresses.find(
      (each) => each.address === address && (realm === null || book.realmOf(each.network) === realm),
    ) ?? {
      address,
      family,
      network: INTERNET,
      leads: true,
    };
    return [{ node: owner, addresses: [own], exact: true }];
  }
  const [subnet] = subnetsMet(prefix, realm, context);
  if (subnet === undefined) {
    const beyond = outside.within(prefix);
    return beyond === undefined ? [] : internet([beyond], context);
  }
  const router = outside.nics.some(
    (nic) => nic.network === subnet.network && nic.routers.some((each) => each.startsWith(`${address}/`)),
  );
  const own: NodeAddress = { address, family, network: subnet.network, leads: true };
  if (router)
    return [
      { node: { name: INTERNET, sort: 'internet', addresses: [own], listens: [] }, addresses: [own], exact: true },
    ];
  // Somebody must send; an address that packets are only sent to may well be nobody's.
  return side === 'from'
    ? [wholeNode(temporary.within(subnet.network, prefix))]
    : [{ node: null, addresses: [own], exact: true }];
}

/** A prefix without a realm means every realm: that it is not in doubt was seen to before. */
function subnetsMet(prefix: Prefix, realm: string | null, { book }: EndContext): readonly IndexedSubnet[] {
  const realms = realm === null ? realmsMet(book.subnets, prefix) : [realm];
  return realms.flatMap((each) => subnetsWithin(book.subnets, each, prefix));
}

function wholePrefix(prefix: Prefix, realm: string | null, context: EndContext): readonly End[] {
  const { book, outside, temporary } = context;
  const met = subnetsMet(prefix, realm, context);
  const inside = met.flatMap((subnet): End[] => {
    const members = book.membersOf(subnet.network).flatMap((node): End[] => {
      const addresses = node.addresses.filter(
        (each) => prefixContains(subnet.text, each.address) && prefixContains(prefix, each.address),
      );
      return addresses.length === 0 ? [] : [{ node, addresses, exact: true }];
    });
    if (members.length > 0) return members;
    return [wholeNode(temporary.within(subnet.network, prefixCovers(prefix, subnet.text) ? subnet.text : prefix))];
  });
  const rest = subtractPrefixes(
    [prefix],
    met.map((subnet) => subnet.text),
  );
  const beyond = rest.length === 0 ? undefined : outside.within(prefix);
  return beyond === undefined ? inside : [...inside, ...internet([beyond], context)];
}
