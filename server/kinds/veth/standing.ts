import type { Standing } from '../../flow/standing.ts';
import { bridgePort } from '../link-standing.ts';
import type { Veth } from './resource.ts';

/** A guest's end is whoever runs the guest's: only the port on the host stands by our doing. */
export function vethStanding({ device, bridge, vlans, mac, mtu, isolated, up, peer }: Veth): readonly Standing[] {
  const near: Standing = {
    ...{ on: 'interface', scope: '', name: device, mac, mtu, up, vlans, form: { type: 'plain' } },
    port: bridge === null ? null : bridgePort(bridge, isolated),
  };
  if (peer.device === null || peer.namespace === null) return [near];
  const { device: name, namespace: scope } = peer;
  const far: Standing = {
    ...{ on: 'interface', scope, name, mac: peer.mac, up: peer.up, form: { type: 'plain' }, port: null, vlans: [] },
    ...(peer.mtu === null ? {} : { mtu: peer.mtu }),
  };
  const ends = [
    { scope: '', device },
    { scope, device: name },
  ] as const;
  return [near, far, { on: 'pair', ends }];
}
