import { z } from 'zod';
import { deviceField, idField, vidField } from '../link-fields.ts';

/**
 * One VLAN of ours in a VLAN-aware bridge that somebody else made (`bridges: { vmbr0: { existing: true } }`): of the bridge
 * itself, for the host's own NIC, or of an uplink. It is borrowed one by one, because the owner may use other VLANs there, and
 * the very same.
 */
export const Membership = z.strictObject({
  kind: z.literal('membership'),
  id: idField,
  scope: z.literal(''),
  bridge: deviceField,
  /** The uplink, or the bridge itself. */
  device: deviceField,
  vid: vidField,
  /** Whether its frames pass, with their tag. */
  member: z.boolean(),
  /** False for what it is like without us. */
  borrowed: z.boolean(),
});
export type Membership = z.infer<typeof Membership>;
