import type { Bridge as ModelBridge, Host, Model } from '../../flow/model.ts';
import { bridgeId } from '../link-ids.ts';
import { memberships, tagged } from '../link-vlans.ts';
import type { Bridge } from './resource.ts';

export function desireBridges(_model: Model, host: Host): readonly Bridge[] {
  const isolating = new Set(host.attachments.filter(({ isolated }) => isolated).map(({ bridge }) => bridge));
  return host.bridges.map((bridge) => ({
    kind: 'bridge',
    id: bridgeId(bridge.device),
    scope: '',
    device: bridge.device,
    mac: ownMac(host, bridge),
    mtu: bridge.mtu,
    vlanAware: bridge.vlanAware,
    vlans: bridge.existing ? [] : memberships(ownVlans(host, bridge).map(tagged)),
    stp: false,
    linkLocalLearning: !isolating.has(bridge.device),
    up: true,
    marked: true,
    existing: bridge.existing,
  }));
}

/** The host's NIC on a plain bridge is the bridge itself, and has its MAC. */
function ownMac(host: Host, { device, mac }: ModelBridge): string {
  return host.nics.find(({ on }) => on.type === 'bridge' && on.bridge === device)?.mac ?? mac;
}

/** Without its own membership a VLAN-aware bridge hands no frame of that VLAN to the host. */
function ownVlans(host: Host, { device }: ModelBridge): readonly number[] {
  return [...new Set(host.nics.flatMap(({ on }) => (on.type === 'vlan' && on.bridge === device ? [on.vid] : [])))];
}
