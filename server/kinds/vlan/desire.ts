import type { Host, Model } from '../../flow/model.ts';
import { vlanId } from '../link-ids.ts';
import type { Vlan } from './resource.ts';

export function desireVlans(_model: Model, host: Host): readonly Vlan[] {
  return host.nics.flatMap(({ device, on, mac, mtu }): Vlan[] => {
    if (on.type !== 'vlan') return [];
    const { bridge, vid } = on;
    return [{ kind: 'vlan', id: vlanId(device), scope: '', device, bridge, vid, mac, mtu, up: true, marked: true }];
  });
}
