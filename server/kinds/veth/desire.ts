import type { Attachment, Host, Model } from '../../flow/model.ts';
import { vethId } from '../link-ids.ts';
import { access, isForeign } from '../link-vlans.ts';
import type { Veth } from './resource.ts';

export function desireVeths(_model: Model, host: Host): readonly Veth[] {
  return host.attachments.flatMap((attachment): Veth[] => {
    const { device, bridge, vid, mtu, peer } = attachment;
    if (peer === null) return [];
    const wanted: Veth = {
      kind: 'veth',
      id: vethId(device),
      scope: '',
      device,
      bridge,
      vlans: vid === null ? [] : [access(vid)],
      ...hostEnd(host, attachment),
      isolated: attachment.isolated,
      up: true,
      marked: true,
      peer: { device: peer.device, namespace: peer.namespace, mac: peer.mac, mtu, up: peer.namespace !== null },
    };
    return [wanted];
  });
}

/**
 * A bridge that nobody gave a MAC or an MTU takes the least of its ports': in somebody else's bridge ours must not be the least.
 * What passes is decided at the far end, which has the MTU of the network.
 */
function hostEnd(host: Host, { bridge: name, mtu, peer }: Attachment): Pick<Veth, 'foreign' | 'mac' | 'mtu'> {
  const bridge = host.bridges.find(({ device }) => device === name);
  if (bridge?.existing !== true || peer === null) return { foreign: false, mac: null, mtu };
  return { foreign: isForeign(bridge), mac: `fe${peer.mac.slice(2)}`, mtu: GREATEST_MTU };
}

const GREATEST_MTU = 65_535;
