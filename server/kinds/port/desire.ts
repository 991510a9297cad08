import type { Bridge, Host, Model } from '../../flow/model.ts';
import { portId } from '../link-ids.ts';
import type { Membership } from '../link-vlans.ts';
import { access, memberships, tagged } from '../link-vlans.ts';
import type { Port } from './resource.ts';

export function desirePorts(_model: Model, host: Host): readonly Port[] {
  const uplinks = host.bridges.flatMap((bridge) =>
    bridge.uplinks.map(({ device }) => port(device, bridge.device, trunk(bridge), bridge.mtu)),
  );
  const bare = host.nics.flatMap(({ on, device, mtu }) => (on.type === 'port' ? [port(device, null, [], mtu)] : []));
  return [...uplinks, ...bare];
}

function port(device: string, bridge: string | null, vlans: Membership[], mtu: number): Port {
  return { kind: 'port', id: portId(device), scope: '', device, bridge, vlans, mtu, up: true, borrowed: true };
}

/** Networks with a VLAN are tagged on the wire; at most one without is untagged there. */
function trunk({ carries }: Bridge): Membership[] {
  return memberships(
    carries.flatMap(({ vid, tagged: tag }) => (vid === null ? [] : [tag ? tagged(vid) : access(vid)])),
  );
}
