import { z } from 'zod';
import { deviceField, idField, mtuField } from '../link-fields.ts';
import { membershipsField } from '../link-vlans.ts';

/**
 * A physical port of the host: an uplink (`bridges: { br0: { ports: [eno1] } }`) or the bare port of a host NIC
 * (`nics: { wan: { port: eno1 } }`). It exists without us, so nothing on it says that it is ours, and what it was like before
 * is kept on the host.
 */
export const Port = z.strictObject({
  kind: z.literal('port'),
  id: idField,
  scope: z.literal(''),
  device: deviceField,
  /** The bridge it is put into; `null` for a bare port. */
  bridge: deviceField.nullable(),
  vlans: membershipsField,
  /** While borrowed the least it must carry: it is never lowered, because others may lie on the port. */
  mtu: mtuField,
  up: z.boolean(),
  /** False for what the port is like without us. */
  borrowed: z.boolean(),
});
export type Port = z.infer<typeof Port>;
