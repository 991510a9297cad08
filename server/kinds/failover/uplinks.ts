/**
 * The ports of a host that a member's interfaces lead out by. The interface itself is plugged into a bridge of the host and is
 * never without a carrier: that the cable was pulled shows at the port alone, where keepalived, which is in the namespace, cannot
 * look.
 */
import type { Host } from '../../flow/model.ts';
import type { GatewayNicOnHost } from '../link-gateways.ts';

/** A file of its own beside what keepalived is told: how many of the interfaces have no port left with a carrier. */
export const LOST_NAME = 'lost';

/**
 * A line for each interface with ports: `lan eno2 bond0`. One on a bridge without ports serves what is on the host alone, and is
 * not named. `undefined` where none has any.
 */
export function uplinksText(host: Host, nics: readonly GatewayNicOnHost[]): string | undefined {
  const lines = nics
    .map(({ nic, own }) => [own.device, ...portsOf(host, nic.network)])
    .filter(([, ...ports]) => ports.length > 0)
    .map((words) => `${words.join(' ')}\n`);
  return lines.length === 0 ? undefined : lines.sort().join('');
}

function portsOf(host: Host, network: string): readonly string[] {
  const bridges = host.bridges.filter(({ carries }) => carries.some((each) => each.network === network));
  const underlays = host.tunnels.filter((tunnel) => tunnel.network === network).map((tunnel) => tunnel.underlayDevice);
  const under = host.nics.filter(({ device }) => underlays.includes(device)).flatMap((nic) => portsUnder(host, nic));
  return [...new Set([...bridges.flatMap(({ uplinks }) => uplinks.map(({ device }) => device)), ...under])].sort();
}

function portsUnder(host: Host, { device, on }: Host['nics'][number]): readonly string[] {
  if (on.type === 'bond' || on.type === 'port') return [device];
  const bridge = host.bridges.find((each) => each.device === on.bridge || each.name === on.bridge);
  return bridge?.uplinks.map((uplink) => uplink.device) ?? [];
}
