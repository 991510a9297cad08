import { z } from 'zod';
import { deviceField, idField, macField, mtuField, vidField } from '../link-fields.ts';

/** An 802.1Q device on a VLAN-aware bridge: carries the host's own addresses on that network. */
export const Vlan = z.strictObject({
  kind: z.literal('vlan'),
  id: idField,
  scope: z.literal(''),
  device: deviceField,
  /** The bridge it lies on. */
  bridge: deviceField.nullable(),
  vid: vidField,
  /** `null` where none is asked for: that of the bridge. */
  mac: macField.nullable(),
  mtu: mtuField,
  up: z.boolean(),
  marked: z.boolean(),
});
export type Vlan = z.infer<typeof Vlan>;
