import type { Host, Model } from '../../flow/model.ts';
import { hostNicLink, vxlanId } from '../link-ids.ts';
import type { Vxlan } from './resource.ts';

export function desireVxlans(_model: Model, host: Host): readonly Vxlan[] {
  return host.tunnels.map((tunnel) => {
    const underlay = host.nics.find(({ device }) => device === tunnel.underlayDevice);
    return {
      kind: 'vxlan',
      id: vxlanId(tunnel.device),
      scope: '',
      device: tunnel.device,
      bridge: tunnel.bridge,
      vlans: [],
      vni: tunnel.vni,
      port: tunnel.port,
      local: tunnel.local,
      underlay: tunnel.underlayDevice,
      mtu: tunnel.mtu,
      remotes: [...tunnel.remotes].sort(),
      underlayLink: underlay === undefined ? null : hostNicLink(underlay),
      up: true,
      marked: true,
    };
  });
}
