import { z } from 'zod';
import { addressField, deviceField, idField, mtuField } from '../link-fields.ts';
import { membershipsField } from '../link-vlans.ts';

/** `{ transport: vxlan, vni: 5000, underlay: mgmt }`: one network's way to the other hosts that have a member of it. */
export const Vxlan = z.strictObject({
  kind: z.literal('vxlan'),
  id: idField,
  scope: z.literal(''),
  device: deviceField,
  bridge: deviceField.nullable(),
  vlans: membershipsField,
  vni: z.int().min(1).max(16_777_215),
  /** UDP port of the tunnel. */
  port: z.int().min(1).max(65_535),
  /** The host's own address on the underlay, and the interface that has it. */
  local: addressField.nullable(),
  underlay: deviceField.nullable(),
  mtu: mtuField,
  /** Where broadcast, multicast and frames to unknown addresses are sent: sorted. Which host has which MAC is learned. */
  remotes: z.array(addressField),
  /** The resource that makes the underlay interface; `null` where that is not of this topology. */
  underlayLink: idField.nullable(),
  up: z.boolean(),
  marked: z.boolean(),
});
export type Vxlan = z.infer<typeof Vxlan>;
