import { addressPart, familyOf, prefixContains } from '../../core/address.ts';
import type { Address, Prefix } from '../../core/address.ts';
import type { Gateway, Model } from '../../flow/model.ts';

/** By the external network that `via` is on. */
export interface ProviderRoute {
  readonly to: Prefix;
  readonly via: Address;
  readonly network: string;
}

/**
 * What a provider routes to its customer: addresses that the gateway publishes although they lie in no external subnet, and
 * the subnets behind it that are global addresses (without NAT, answers find their way by these only).
 */
export function providerRoutes(model: Model): readonly ProviderRoute[] {
  const external = [...model.networks.values()]
    .filter((network) => network.external)
    .flatMap((network) => network.subnets.map((each) => each.prefix));
  const routes = new Map<string, ProviderRoute>();
  const add = (to: string, gateway: Gateway): void => {
    const leg = externalLeg(model, gateway, to);
    if (leg !== undefined && !routes.has(to)) routes.set(to, { to, ...leg });
  };
  for (const gateway of model.gateways.values()) {
    const outsides = gateway.oneToOnes.map(({ outside }) => outside);
    for (const listen of [...gateway.publishes.map((each) => each.listen), ...outsides]) {
      if (external.some((prefix) => prefixContains(prefix, listen)) || insideOf(model, gateway, listen)) continue;
      add(`${listen}/${familyOf(listen) === 4 ? '32' : '128'}`, gateway);
    }
    for (const nic of gateway.nics) {
      const network = model.networks.get(nic.network);
      // What lies in another realm than the outside has no address there: it is translated, or not reached.
      const known = network?.external === false && outerRealms(model, gateway).has(network.realm);
      if (!known) continue;
      // Networks behind further gateways are reached through the one that the provider knows.
      const routed = gateway.routing.routes.filter(
        (route) => route.network === nic.network && !route.to.endsWith('/0'),
      );
      const behind = [...network.subnets.map((subnet) => subnet.prefix), ...routed.map((route) => route.to)];
      for (const prefix of behind) if (isGlobal(prefix)) add(prefix, gateway);
    }
  }
  return [...routes.values()];
}

function insideOf(model: Model, gateway: Gateway, address: Address): boolean {
  const realms = new Set(gateway.nics.map((nic) => model.networks.get(nic.network)?.realm));
  return [...model.networks.values()].some(
    (network) =>
      !network.external &&
      realms.has(network.realm) &&
      network.subnets.some((each) => prefixContains(each.prefix, address)),
  );
}

function outerRealms(model: Model, gateway: Gateway): ReadonlySet<string> {
  const outer = gateway.nics.flatMap((nic) => model.networks.get(nic.network) ?? []).filter((each) => each.external);
  return new Set(outer.map((network) => network.realm));
}

function externalLeg(
  model: Model,
  gateway: Gateway,
  to: string,
): { readonly network: string; readonly via: Address } | undefined {
  for (const nic of gateway.nics) {
    if (model.networks.get(nic.network)?.external !== true) continue;
    const via = nic.addresses.map(addressPart).find((each) => familyOf(each) === familyOf(to));
    if (via !== undefined) return { network: nic.network, via };
  }
  return undefined;
}

/** RFC 1918, RFC 6598, RFC 3927, loopback; RFC 4193, RFC 4291. No provider routes these. */
const LOCAL_PREFIXES = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
];

function isGlobal(prefix: string): boolean {
  return !LOCAL_PREFIXES.some((local) => prefixContains(local, addressPart(prefix)));
}
