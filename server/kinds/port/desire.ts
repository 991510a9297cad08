import type { Bridge, Host, Model } from '../../flow/model.ts';
import { portId } from '../link-ids.ts';
import { access, isForeign, trunk } from '../link-vlans.ts';
import type { Port } from './resource.ts';

export function desirePorts(_model: Model, host: Host): readonly Port[] {
  return [...uplinks(host), ...bondPorts(host), ...barePorts(host), ...machinePorts(host)];
}

function uplinks(host: Host): readonly Port[] {
  return host.bridges.flatMap((bridge) =>
    bridge.uplinks
      .filter(({ bond }) => !bond)
      .map(({ device, takeover }) =>
        port(device, bridge.mtu, { ...inBridge(bridge), vlans: isForeign(bridge) ? null : trunk(bridge), takeover }),
      ),
  );
}

function bondPorts(host: Host): readonly Port[] {
  return host.bonds.flatMap(({ device: bond, mtu, ports }) =>
    ports.map(({ device, takeover }) => port(device, mtu, { bond, takeover })),
  );
}

function barePorts(host: Host): readonly Port[] {
  return host.nics.flatMap(({ on, device, mtu }) =>
    on.type === 'port' ? [port(device, mtu, { takeover: on.takeover })] : [],
  );
}

/** The interface of a machine that somebody else runs. */
function machinePorts(host: Host): readonly Port[] {
  return host.attachments.flatMap(({ device, bridge: name, vid, isolated, mtu, peer }) => {
    if (peer !== null) return [];
    const bridge = host.bridges.find((each) => each.device === name);
    const foreign = bridge !== undefined && isForeign(bridge);
    return [port(device, mtu, { bridge: name, foreign, isolated, vlans: vid === null ? [] : [access(vid)] })];
  });
}

function inBridge(bridge: Bridge): Partial<Port> {
  return { bridge: bridge.device, foreign: isForeign(bridge) };
}

function port(device: string, mtu: number, more: Partial<Port>): Port {
  const bare = { bridge: null, bond: null, vlans: [], foreign: false, isolated: false, takeover: false };
  return { kind: 'port', id: portId(device), scope: '', device, ...bare, mtu, up: true, borrowed: true, ...more };
}
