/** Which network stack on a host routes what, for the kind that makes routes and the one that makes rules. */
import type { Address, Family, InterfaceAddress, Prefix } from '../core/address.ts';
import { addressPart, familyOf, parseAddress, parsePrefix, prefixContains } from '../core/address.ts';
import type { Gateway, GatewayNic, Host, Model, Routing, SourceRouting } from '../flow/model.ts';
import { routingTables } from '../flow/mark.ts';
import type { ResourceId, Scope } from '../flow/resource.ts';
import { resourceId } from '../flow/resource.ts';
import { addressesOn, gatewayNicsOn } from './link-gateways.ts';
import { addressId, hostNicLink } from './link-ids.ts';

/** The kernel's number of the table that is asked when no rule says otherwise. */
export const MAIN_TABLE = 254;

export interface StackRoute {
  readonly scope: Scope;
  readonly to: Prefix;
  readonly via: Address;
  readonly device: string;
  readonly table: number;
  /** The resource that makes the interface. */
  readonly link: ResourceId;
  readonly through: readonly ResourceId[];
}

export interface StackSource {
  readonly scope: Scope;
  readonly source: SourceRouting;
  /** Default route of its table. */
  readonly route: ResourceId;
}

interface StackNic {
  readonly scope: Scope;
  readonly network: string;
  readonly routing: Routing;
  readonly device: string;
  readonly link: ResourceId;
  readonly addresses: readonly InterfaceAddress[];
}

/** Routes of all stacks on the host, those of tables of their own included. */
export function routesOn(model: Model, host: Host): readonly StackRoute[] {
  return nicsOn(model, host).flatMap((nic) => [
    ...nic.routing.routes
      .filter((route) => route.network === nic.network)
      .flatMap((route) => routeBy(nic, route.to, route.via, MAIN_TABLE)),
    ...sourcesBy(nic).flatMap(({ family, via, table }) => routeBy(nic, everything(family), via, table)),
  ]);
}

export function sourceRoutesOn(model: Model, host: Host): readonly StackSource[] {
  return nicsOn(model, host).flatMap((nic) =>
    sourcesBy(nic).map((source) => ({
      scope: nic.scope,
      source,
      route: tableRouteId(nic.scope, source.table, source.family),
    })),
  );
}

export function routeId(scope: Scope, to: Prefix, table: number): ResourceId {
  return resourceId('route', scope, ...(table === MAIN_TABLE ? [] : [`table-${String(table)}`]), to);
}

export function tableRouteId(scope: Scope, table: number, family: Family): ResourceId {
  return routeId(scope, everything(family), table);
}

/** Ids of those addresses whose subnet has `via` in it, sorted. */
export function addressesToward(
  scope: Scope,
  device: string,
  addresses: readonly InterfaceAddress[],
  via: Address,
): ResourceId[] {
  return covering(addresses, via)
    .map((text) => addressId(scope, device, text))
    .sort();
}

function covering(addresses: readonly InterfaceAddress[], via: Address): readonly InterfaceAddress[] {
  if (parseAddress(via) === undefined) return [];
  return addresses.filter((text) => {
    const subnet = parsePrefix(text);
    return subnet !== undefined && prefixContains(subnet.text, via);
  });
}

function nicsOn(model: Model, host: Host): readonly StackNic[] {
  const inGateways = gatewayNicsOn(model, host).map((each) => ({
    scope: each.scope,
    network: each.nic.network,
    routing: each.scope === '' ? besideTheHost(model, host, each.gateway) : each.gateway.routing,
    device: each.own.device,
    link: each.link,
    addresses: [...(each.shared?.addresses ?? []), ...addressesOn(each)],
  }));
  const own = host.nics.map((nic) => ({
    scope: '',
    network: nic.network,
    routing: host.routing,
    device: nic.device,
    link: hostNicLink(nic),
    addresses: nic.addresses,
  }));
  return [...own, ...inGateways];
}

/**
 * A gateway in a host's own stack leaves the host's default route alone: its own is in a table that is asked for what comes from
 * its addresses and from the networks behind it.
 */
function besideTheHost(model: Model, host: Host, gateway: Gateway): Routing {
  const { routes, sources } = gateway.routing;
  const isExternal = ({ network }: GatewayNic): boolean => model.networks.get(network)?.external === true;
  const behind = gateway.nics
    .filter((nic) => !isExternal(nic))
    .flatMap(({ network, behind: further }) => [
      ...(model.networks.get(network)?.subnets.map(({ prefix }) => prefix) ?? []),
      ...further.filter((prefix) => !prefix.endsWith('/0')),
    ]);
  const elsewhere = new Set(sources.flatMap(({ from }) => from));
  const external = gateway.nics.filter(isExternal);
  // What comes in there for the host's own address is answered by the same way, wherever the host goes out by itself.
  const hosts = host.nics.filter(({ network }) => external.some((nic) => nic.network === network));
  const own = [
    ...external.flatMap(({ addresses, natAddresses }) => [...addresses, ...natAddresses]),
    ...hosts.flatMap((nic) => nic.addresses),
  ]
    .map(addressPart)
    .filter((address) => !elsewhere.has(address));
  const defaults = routes.filter(({ to }) => to.endsWith('/0'));
  return {
    routes: routes.filter((route) => !defaults.includes(route)),
    sources: [
      ...sources,
      ...defaults.map(({ network, device, via }): SourceRouting => {
        const family = familyOf(via);
        const from = [...new Set([...own, ...behind])].filter((each) => familyOf(each) === family).sort();
        return { network, device, family, from, via, table: routingTables(model.topology).last, mark: null };
      }),
    ],
  };
}

/** A member of a cluster without an address of its own there gets the route with the shared one, from whoever moves that. */
function sourcesBy(nic: StackNic): readonly SourceRouting[] {
  return nic.routing.sources.filter(
    (source) => source.network === nic.network && covering(nic.addresses, source.via).length > 0,
  );
}

function routeBy(nic: StackNic, to: Prefix, via: Address, table: number): readonly StackRoute[] {
  const { scope, device, link, addresses } = nic;
  const through = addressesToward(scope, device, addresses, via);
  return through.length === 0 ? [] : [{ scope, to, via, device, table, link, through }];
}

function everything(family: Family): Prefix {
  return family === 4 ? '0.0.0.0/0' : '::/0';
}
