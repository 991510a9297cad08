import type { Host, Model } from '../../flow/model.ts';
import { vethId } from '../link-ids.ts';
import { access } from '../link-vlans.ts';
import type { Veth } from './resource.ts';

export function desireVeths(_model: Model, host: Host): readonly Veth[] {
  return host.attachments.map(({ device, bridge, vid, mtu, peer }) => ({
    kind: 'veth',
    id: vethId(device),
    scope: '',
    device,
    bridge,
    vlans: vid === null ? [] : [access(vid)],
    mtu,
    up: true,
    marked: true,
    peer: { device: peer.device, namespace: peer.namespace, mac: peer.mac, mtu, up: peer.namespace !== null },
  }));
}
