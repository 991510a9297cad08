import { z } from 'zod';
import { deviceField, idField, macField, mtuField } from '../link-fields.ts';
import { membershipsField } from '../link-vlans.ts';

/** What the kernel calls its modes and hashes: `802.3ad`, `layer2+3`. A host may have ones that no file asks for. */
const word = z.string().regex(/^[a-z0-9][a-z0-9.+-]{0,31}$/);

/** `bonds: { bond0: { ports: [eno1, eno2], mode: 802.3ad } }`: several physical ports as one interface (bonding(7)). */
export const Bond = z.strictObject({
  kind: z.literal('bond'),
  id: idField,
  scope: z.literal(''),
  device: deviceField,
  mode: word,
  /** `xmit_hash_policy`; `null` in modes that choose the port in another way, where it means nothing. */
  hash: word.nullable(),
  /** The port that is preferred while it is up. */
  primary: deviceField.nullable(),
  /** How often the other end is to send LACP packets; `null` without LACP. */
  lacpRate: word.nullable(),
  /** Milliseconds between two looks at the carrier of the ports. 0 is the kernel's default: a lost port is never noticed. */
  miimon: z.int().min(0).max(65_535),
  /** Always set: one without takes that of its first port, and changes it when that one leaves. */
  mac: macField,
  mtu: mtuField,
  /** The bridge that it is a port of. */
  bridge: deviceField.nullable(),
  vlans: membershipsField,
  /** The bridge filters VLANs and is someone else's: it puts a new port into a VLAN of its own choice. */
  foreign: z.boolean(),
  up: z.boolean(),
  marked: z.boolean(),
});
export type Bond = z.infer<typeof Bond>;
