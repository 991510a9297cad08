import { z } from 'zod';
import { deviceField, idField, macField, mtuField } from '../link-fields.ts';
import { membershipsField } from '../link-vlans.ts';

/** `bridges: { br0: { ports: [eno1] } }`: a Linux bridge, plain or VLAN-aware (802.1Q filtering). */
export const Bridge = z.strictObject({
  kind: z.literal('bridge'),
  id: idField,
  scope: z.literal(''),
  device: deviceField,
  /** Always set: a bridge without one takes the lowest of its ports, and neighbours' ARP caches go stale. */
  mac: macField,
  mtu: mtuField,
  vlanAware: z.boolean(),
  /** VLANs of the bridge itself, which its own VLAN devices are on. */
  vlans: membershipsField,
  /** Spanning tree: 30 s until a port forwards, so always off. */
  stp: z.boolean(),
  /**
   * Off where members of an isolated network are: LLDP and its like (01:80:c2:00:00:0e) pass no filter, and the sender's MAC of
   * one that is forged would be learned.
   */
  linkLocalLearning: z.boolean(),
  up: z.boolean(),
  marked: z.boolean(),
  /** Somebody else made it: it is looked at and never changed. */
  existing: z.boolean(),
});
export type Bridge = z.infer<typeof Bridge>;
