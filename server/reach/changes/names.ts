/** Addresses and interfaces in the words of the file. */
import { addressPart, familyOf, formatAddress, mustParseAddress, mustParsePrefix } from '../../core/address.ts';
import type { Model, Network } from '../../flow/model.ts';
import type { NetworkStack } from '../../flow/world.ts';
import { stackIdOf } from '../../flow/world.ts';
import type { Span } from '../rules/ruleset.ts';

export interface Names {
  /** `vgw-1`, or where it has several members `vgw-1@gw-x`. */
  stack(stack: NetworkStack): string;
  /** Where packets come from that come in by the interface. */
  source(stack: NetworkStack, device: string, spans: readonly Span[], family: 4 | 6): string;
  target(stack: NetworkStack, device: string | null, spans: readonly Span[], family: 4 | 6): readonly string[];
  /** `policy line 41` */
  entry(id: string): string | null;
  /** `publish line 30`, of what is published there. */
  published(address: string, port: number | null): string | null;
  /** Guests on the network behind the interface. */
  addressesBehind(stack: NetworkStack, device: string, family: 4 | 6): readonly bigint[];
  isOutside(stack: NetworkStack, device: string): boolean;
  readonly known: Readonly<Record<4 | 6, readonly bigint[]>>;
}

/** Members that are tried as ends of a witness. */
const MOST_TRIED = 40;

export function namesOf(model: Model): Names {
  const owners = new Map<string, string>();
  const byNetwork = new Map<string, string[]>();
  for (const { name, nics } of model.guests.values())
    for (const { network, addresses } of nics)
      for (const each of addresses) {
        owners.set(addressPart(each), name);
        byNetwork.set(network, [...(byNetwork.get(network) ?? []), addressPart(each)]);
      }
  for (const { name, nics } of model.gateways.values())
    for (const { addresses, natAddresses } of nics)
      for (const each of [...addresses, ...natAddresses]) owners.set(addressPart(each), name);
  const entries = new Map(model.policy.map(({ id, place }) => [id, `policy line ${String(place.line)}`]));
  const publishes = [...model.gateways.values()].flatMap((gateway) => gateway.publishes);
  for (const { id, place } of publishes) entries.set(id, `publish line ${String(place.line)}`);
  const networks = subnetsOf(model);
  const members = new Map<string, string>();
  const legs = new Map<string, Network>();
  for (const { name, members: list } of model.gateways.values())
    for (const member of list) {
      const id = stackIdOf(member.host, member.namespace ?? '');
      if (member.namespace !== null) members.set(id, list.length > 1 ? member.name : name);
      for (const { network, device } of member.nics) {
        const found = model.networks.get(network);
        if (found !== undefined) legs.set(`${id} ${device}`, found);
      }
    }
  const networkAt = (stack: NetworkStack, device: string): Network | undefined => {
    const leg = legs.get(`${stack.id} ${device}`);
    if (leg !== undefined) return leg;
    const own = (stack.interfaces.get(device)?.addresses ?? []).map((each) => mustParseAddress(addressPart(each)));
    return networks.find(({ family, span }) =>
      own.some((each) => each.family === family && each.value >= span.first && each.value <= span.last),
    )?.network;
  };
  const behind = (stack: NetworkStack, device: string): string => {
    const network = networkAt(stack, device);
    return network === undefined ? `interface ${device}` : network.external ? 'internet' : network.name;
  };
  const ownerOf = ({ first, last }: Span, family: 4 | 6): string | undefined =>
    first === last ? owners.get(formatAddress(family, first)) : undefined;
  const numbers = (family: 4 | 6, texts: Iterable<string>): readonly bigint[] =>
    [...texts]
      .filter((each) => familyOf(each) === family)
      .slice(0, MOST_TRIED)
      .map((each) => mustParseAddress(each).value);
  const nodeOf = (stack: NetworkStack): string => members.get(stack.id) ?? stack.node;
  return {
    stack: nodeOf,
    source(stack, device, spans, family) {
      const named = spans.map((span) => ownerOf(span, family));
      const [only] = named;
      return named.length === 1 && only !== undefined ? only : behind(stack, device);
    },
    target(stack, device, spans, family) {
      const all = spans.map(({ first, last }) => {
        const owner = ownerOf({ first, last }, family);
        return owner ?? (device === null ? nodeOf(stack) : behind(stack, device));
      });
      return [...new Set(all)].sort();
    },
    entry: (id) => entries.get(id) ?? null,
    published(address, port) {
      const found = publishes.find(
        ({ listen, ports }) => listen === address && port !== null && port >= ports.first && port <= ports.last,
      );
      return found === undefined ? null : `publish line ${String(found.place.line)}`;
    },
    addressesBehind(stack, device, family) {
      const network = networkAt(stack, device);
      return network === undefined ? [] : numbers(family, byNetwork.get(network.name) ?? []);
    },
    isOutside: (stack, device) => networkAt(stack, device)?.external === true,
    known: { 4: numbers(4, owners.keys()), 6: numbers(6, owners.keys()) },
  };
}

function subnetsOf(
  model: Model,
): readonly { readonly network: Network; readonly family: 4 | 6; readonly span: Span }[] {
  return [...model.networks.values()].flatMap((network) =>
    network.subnets.map(({ prefix }) => {
      const { first, last, family } = mustParsePrefix(prefix);
      return { network, family, span: { first, last } };
    }),
  );
}
