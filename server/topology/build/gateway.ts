import type { FailoverEntry, GatewayEntry, GatewayNicEntry, Located, MemberAddresses } from '../../flow/topology.ts';
import type { Address } from '../../core/address.ts';
import type { FailoverPart, GatewayNicPart, GatewayPart } from '../schema/gateway.ts';
import { child, type TreeNode } from '../tree.ts';
import { entriesOf, itemOf, located, locatedList, mapOf } from './located.ts';
import { nicForm } from './nic.ts';
import { buildBalances, buildIntercepts } from './proxy.ts';
import { buildPublishes } from './publish.ts';
import { buildRoutes } from './route.ts';
import { buildSize } from './size.ts';

type NatPart = NonNullable<GatewayPart['nat']>;

export function buildGateways(
  parts: Readonly<Record<string, GatewayPart>> | null | undefined,
  tree: TreeNode | undefined,
): ReadonlyMap<string, GatewayEntry> {
  return mapOf(parts, tree, ({ name, place, part, node }) => {
    const nat = child(node, 'nat');
    return {
      name,
      place,
      description: part.description ?? null,
      on: locatedList(part.on, node, 'on'),
      runs: located(part.runs, node, 'runs') ?? { value: 'netns', place },
      nics: buildNics(part.nics, child(node, 'nics')),
      masquerade: nat === undefined ? [] : buildMasquerades(part.nat?.masquerade, nat),
      publish: nat === undefined ? [] : buildPublishes(part.nat?.publish, nat),
      oneToOne: nat === undefined ? [] : buildOneToOnes(part.nat?.['one-to-one'], nat),
      routes: buildRoutes(part.routes, node),
      balance: buildBalances(part.balance, node),
      intercept: buildIntercepts(part.intercept, node),
      failover: buildFailover(part.failover, child(node, 'failover')),
      protection: located(part.protection, node, 'protection'),
      needs: buildSize(part.needs, node, 'needs'),
    };
  });
}

function buildNics(
  parts: Readonly<Record<string, GatewayNicPart>> | null | undefined,
  tree: TreeNode | undefined,
): ReadonlyMap<string, GatewayNicEntry> {
  return mapOf(parts, tree, ({ name, place, part, node }) => {
    const { addresses, map } = nicForm(part, node, ({ address }) => (Array.isArray(address) ? address : undefined));
    return {
      name,
      place,
      description: map?.description ?? null,
      shared: locatedList(map?.shared, node, 'shared'),
      addresses,
      own: map?.address === undefined || Array.isArray(map.address) ? [] : buildOwn(map.address, node),
      mac: located(map?.mac, node, 'mac'),
      default: located(map?.default, node, 'default'),
      port: located(map?.port, node, 'port'),
      fabric: map?.fabric,
    };
  });
}

/** `{ gw-x: 192.0.2.2, gw-y: [192.0.2.3, "2001:db8::3"] }` */
function buildOwn(parts: Readonly<Record<string, readonly Address[]>>, nic: TreeNode): readonly MemberAddresses[] {
  return entriesOf(parts, child(nic, 'address')).map(({ name, place, part, node }) => ({
    host: { value: name, place },
    addresses: part.map((value, index): Located<Address> => ({ value, place: itemOf(node, index).place })),
  }));
}

function buildFailover(part: FailoverPart | null | undefined, node: TreeNode | undefined): FailoverEntry | null {
  if (part === null || part === undefined || node === undefined) return null;
  return {
    place: node.place,
    advertise: located(part.advertise, node, 'advertise'),
    keepConnections: located(part['keep-connections'], node, 'keep-connections'),
    preempt: located(part.preempt, node, 'preempt'),
    adverts: located(part.adverts, node, 'adverts'),
  };
}

function buildOneToOnes(parts: NatPart['one-to-one'], nat: TreeNode): GatewayEntry['oneToOne'] {
  return locatedList(parts, nat, 'one-to-one').map(({ value, place }) => ({
    place,
    text: `${value.outside} <-> ${value.inside}`,
    outside: { value: value.outside, place },
    inside: { value: value.inside, place },
  }));
}

function buildMasquerades(parts: NatPart['masquerade'], nat: TreeNode): GatewayEntry['masquerade'] {
  return locatedList(parts, nat, 'masquerade').map(({ value, place }) => ({
    value,
    place,
    text: `${value.from} -> ${value.to}`,
  }));
}
