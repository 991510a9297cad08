import { z } from 'zod';
import { deviceField, idField, mtuField } from '../link-fields.ts';
import { membershipsField } from '../link-vlans.ts';

/**
 * An interface that exists without us and is lent to us: an uplink (`bridges: { br0: { ports: [eno1] } }`), a port of a bond,
 * the bare port of a host NIC (`nics: { wan: { port: eno1 } }`), or the tap of an existing machine (`port: vnet3`). Nothing on
 * it says that it is ours, and what it was like before is kept on the host.
 */
export const Port = z.strictObject({
  kind: z.literal('port'),
  id: idField,
  scope: z.literal(''),
  device: deviceField,
  /** The bridge or bond that it is put into; neither for a bare port. */
  bridge: deviceField.nullable(),
  bond: deviceField.nullable(),
  /** `null` for an uplink of somebody else's bridge: only single VLANs are ours there (kind `membership`). */
  vlans: membershipsField.nullable(),
  /** The bridge filters VLANs and is someone else's: it puts a new port into a VLAN of its own choice. */
  foreign: z.boolean(),
  /** It exchanges no frames with other ports that are isolated too. */
  isolated: z.boolean(),
  /** While borrowed the least it must carry: it is never lowered, because others may lie on the port. */
  mtu: mtuField,
  up: z.boolean(),
  /** False for what the port is like without us. */
  borrowed: z.boolean(),
  /** Addresses and routes that it carries are to be moved to what it becomes a part of. */
  takeover: z.boolean(),
});
export type Port = z.infer<typeof Port>;
