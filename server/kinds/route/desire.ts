import type { Address } from '../../core/address.ts';
import { familyOf, parseAddress, parsePrefix } from '../../core/address.ts';
import type { Host, Model } from '../../flow/model.ts';
import { gatewayNicsOn } from '../link-gateways.ts';
import { addressId, vethId } from '../link-ids.ts';
import { resourceId } from '../../flow/resource.ts';
import type { Route } from './resource.ts';

export function desireRoutes(model: Model, host: Host): readonly Route[] {
  return gatewayNicsOn(model, host).flatMap(({ gateway, namespace: scope, nic, port }) =>
    gateway.defaultVia.flatMap(({ via, device }): Route[] => {
      if (device !== nic.device) return [];
      const to = familyOf(via) === 4 ? '0.0.0.0/0' : '::/0';
      const through = addressesToward(scope, device, nic.addresses, via);
      return [{ kind: 'route', id: routeId(scope, to), scope, to, via, device, link: vethId(port), through }];
    }),
  );
}

export function routeId(scope: string, to: string): string {
  return resourceId('route', scope, to);
}

/** Ids of those addresses whose subnet has `via` in it, sorted. */
export function addressesToward(scope: string, device: string, addresses: readonly string[], via: Address): string[] {
  const router = parseAddress(via);
  const covering = addresses.filter((text) => {
    const subnet = parsePrefix(text);
    return (
      router !== undefined &&
      subnet?.family === router.family &&
      router.value >= subnet.first &&
      router.value <= subnet.last
    );
  });
  return covering.map((text) => addressId(scope, device, text)).sort();
}
