import { prefixesOverlap } from '../../core/address.ts';
import type { GatewayNic, Model } from '../../flow/model.ts';

/** Whether some gateway has a way to both networks: a NIC on them, or a route. `internet` is one by that name. */
export function joinedNetworks(model: Model): (a: string, b: string) => boolean {
  const gatewaysOf = new Map<string, Set<string>>();
  const external = new Set<string>();
  for (const gateway of model.gateways.values()) {
    for (const nic of gateway.nics) {
      if (model.networks.get(nic.network)?.external === true) external.add(gateway.name);
      for (const network of [nic.network, ...networksBehind(model, nic)])
        gatewaysOf.set(network, (gatewaysOf.get(network) ?? new Set()).add(gateway.name));
    }
    if (gateway.routing.routes.some(({ to }) => to.endsWith('/0'))) external.add(gateway.name);
  }
  gatewaysOf.set('internet', external);
  return (a, b) => [...(gatewaysOf.get(a) ?? [])].some((gateway) => gatewaysOf.get(b)?.has(gateway) === true);
}

/** Those that routes lead to by the NIC. */
function networksBehind(model: Model, { network, behind }: GatewayNic): readonly string[] {
  if (behind.length === 0) return [];
  const realm = model.networks.get(network)?.realm;
  return [...model.networks.values()]
    .filter(
      (each) =>
        each.realm === realm &&
        each.subnets.some(({ prefix }) => behind.some((other) => prefixesOverlap(other, prefix))),
    )
    .map((each) => each.name);
}
