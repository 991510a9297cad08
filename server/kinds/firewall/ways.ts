/** By which NICs of a gateway a zone is met: that of its network, else those behind which routes lead to it. */
import { prefixesOverlap } from '../../core/address.ts';
import type { Family } from '../../core/address.ts';
import type { Model, Zone } from '../../flow/model.ts';
import type { GatewayPort, GatewayView } from '../nft-gateway.ts';
import { inFamily } from '../nft-gateway.ts';

export function portsToward(model: Model, view: GatewayView, zone: Zone): readonly GatewayPort[] {
  const attached = view.byNetwork.get(zone.network);
  if (attached !== undefined && !zone.internet) return [attached];
  const behind = view.ports.filter((port) => port !== attached && liesBehind(model, view, port, zone));
  return attached === undefined ? behind : [attached, ...behind];
}

function liesBehind(
  model: Model,
  view: GatewayView,
  port: GatewayPort,
  { network, internet, prefixes }: Zone,
): boolean {
  if (prefixes === null) return leadsOut(view, port.network.name, 4) || leadsOut(view, port.network.name, 6);
  // The same prefix in another realm is another one; what is on the internet is there for all.
  if (!internet && model.networks.get(network)?.realm !== port.network.realm) return false;
  return port.nic.behind.some((each) => prefixes.some((prefix) => prefixesOverlap(each, prefix)));
}

/** Whether the gateway has its default route by that network. */
export function leadsOut({ gateway }: GatewayView, network: string, family: Family): boolean {
  return gateway.routing.routes.some(
    (route) => route.network === network && inFamily(family, [route.to]).some((to) => to.endsWith('/0')),
  );
}
