/** Which interfaces of a host's own stack are those of its gateway, as sets that rules look into. */
import type { NamedSet } from '../core/nft/ast.ts';
import { match, meta } from '../core/nft/write.ts';
import type { GatewayView } from './nft-gateway.ts';

const INTERFACES = 'gateway-interfaces';
const EXTERNAL = 'external-interfaces';

export function gatewayInterfaces(view: GatewayView): Record<string, NamedSet> {
  return { [INTERFACES]: namesOf(view.ports.map((port) => port.device)) };
}

export function externalInterfaces(view: GatewayView): Record<string, NamedSet> {
  const external = view.ports.filter((port) => port.network.external);
  return external.length === 0 ? {} : { [EXTERNAL]: namesOf(external.map((port) => port.device)) };
}

export const [COMES_BY_OURS, COMES_BY_OTHER] = [isOurs('iifname', '=='), isOurs('iifname', '!=')];
export const LEAVES_BY_OTHER = isOurs('oifname', '!=');
export const COMES_FROM_OUTSIDE = match(meta('iifname'), `@${EXTERNAL}`);
export const LEAVES_FOR_OUTSIDE = match(meta('oifname'), `@${EXTERNAL}`);

function isOurs(field: 'iifname' | 'oifname', op: '==' | '!='): ReturnType<typeof match> {
  return match(meta(field), `@${INTERFACES}`, op);
}

function namesOf(devices: readonly string[]): NamedSet {
  const elements = [...new Set(devices)].map((device) => ({ key: [device], id: null, value: null }));
  return { key: ['ifname'], data: null, interval: false, counter: false, elements };
}
