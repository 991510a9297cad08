/** Rows and columns of the policy matrix, and to which of them an address of a node belongs. */
import { addressPart, familyOf, mustParsePrefix } from '../core/address.ts';
import type { Family } from '../core/address.ts';
import type { Model } from '../flow/model.ts';
import type { World } from '../flow/world.ts';
import { NODE_ID } from '../model/graph/ids.ts';
import type { Span } from '../reach/rules/ruleset.ts';
import { common } from '../reach/sets/spans.ts';

export interface PolicyEnd {
  /** As the graph has it. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'internet' | 'network' | 'gateway';
  /** Somebody there; `null`: nobody is. */
  readonly somebody: string | null;
  readonly members: number;
}

export interface PolicyEnds {
  readonly from: readonly PolicyEnd[];
  readonly to: readonly PolicyEnd[];
  /** Ids of ends that a node belongs to with these addresses. */
  of(node: string, family: Family, spans: readonly Span[]): readonly string[];
}

interface Place {
  readonly network: string;
  readonly subnets: readonly { readonly family: Family; readonly span: Span }[];
}

export function policyEnds(model: Model, world: World): PolicyEnds {
  const places = placesOf(model, world);
  const members = new Map<string, string[]>();
  for (const [node, list] of places)
    for (const { network } of list) members.set(network, [...(members.get(network) ?? []), node]);
  const internet: PolicyEnd = {
    ...{ id: NODE_ID.internet, name: 'internet', kind: 'internet', somebody: 'internet', members: 1 },
  };
  const networks = [...model.networks.keys()].map((name): PolicyEnd => {
    const own = members.get(name) ?? [];
    const guests = own.filter((node) => model.guests.has(node));
    return {
      id: NODE_ID.network(name),
      name,
      kind: 'network',
      somebody: guests[0] ?? own[0] ?? null,
      members: own.length,
    };
  });
  const gateways = [...model.gateways.values()].map(({ name, members: list }): PolicyEnd => ({
    ...{ id: NODE_ID.gateway(name), name, kind: 'gateway', somebody: name, members: list.length },
  }));
  const outside = [...model.networks.values()].some(({ external }) => external) ? [internet] : [];
  return {
    from: [...outside, ...networks],
    to: [...outside, ...networks, ...gateways],
    of(node, family, spans) {
      if (node === 'internet') return [NODE_ID.internet];
      const [gateway = ''] = node.split('@');
      if (model.gateways.has(gateway)) return [NODE_ID.gateway(gateway)];
      const list = places.get(node) ?? [];
      const there = list.filter(({ subnets }) =>
        subnets.some((each) => each.family === family && common([each.span], spans).length > 0),
      );
      return there.map(({ network }) => NODE_ID.network(network));
    },
  };
}

/** Where each guest, host and stand-in lies, with the subnets there. */
function placesOf(model: Model, { stacks }: World): ReadonlyMap<string, readonly Place[]> {
  const placeOf = (network: string): Place => ({
    network,
    subnets: (model.networks.get(network)?.subnets ?? []).map(({ prefix }) => {
      const { family, first, last } = mustParsePrefix(prefix);
      return { family, span: { first, last } };
    }),
  });
  const known = new Map([...model.networks.keys()].map((name) => [name, placeOf(name)]));
  const placed = (names: readonly string[]): readonly Place[] =>
    [...new Set(names)].flatMap((name) => known.get(name) ?? []);
  const places = new Map<string, readonly Place[]>();
  for (const { name, nics } of [...model.hosts.values(), ...model.guests.values()])
    if (nics.length > 0) places.set(name, placed(nics.map(({ network }) => network)));
  for (const { node, sort } of stacks.values())
    if (sort === 'temporary') places.set(node, placed([node.replace(/^temporary@/, '')]));
  return places;
}

/** Families that a node has an address of. */
export function familiesOf({ nodes, stacks }: World, node: string): readonly Family[] {
  const stack = stacks.get(nodes.get(node) ?? '');
  const own = [...(stack?.interfaces.values() ?? [])].flatMap(({ addresses }) => addresses.map(addressPart));
  return ([4, 6] as const).filter((family) => own.some((each) => familyOf(each) === family));
}
