import { z } from 'zod';
import { deviceField, idField, macField, mtuField, namespaceField } from '../link-fields.ts';
import { membershipsField } from '../link-vlans.ts';

/** The end that a guest or gateway has. */
const Peer = z.strictObject({
  /** `null`: not known, because a guest has taken it into its own namespace (and may call it what it likes there). */
  device: deviceField.nullable(),
  /** The gateway's namespace; `null` for the free end of a guest, which waits in the host's stack to be taken. */
  namespace: namespaceField.nullable(),
  mac: macField.nullable(),
  mtu: mtuField.nullable(),
  /** A guest's end is raised by whoever runs the guest. */
  up: z.boolean(),
});

/** One NIC of a guest or gateway as its host sees it: a veth pair whose one end is a port of a bridge. */
export const Veth = z.strictObject({
  kind: z.literal('veth'),
  id: idField,
  scope: z.literal(''),
  /** The end on the host. */
  device: deviceField,
  bridge: deviceField.nullable(),
  vlans: membershipsField,
  /** The bridge filters VLANs and is someone else's: it puts a new port into a VLAN of its own choice. */
  foreign: z.boolean(),
  /** Of the end on the host; `null`: whatever it has. */
  mac: macField.nullable(),
  mtu: mtuField,
  /** It exchanges no frames with other ports that are isolated too; those on other hosts are the table's (kind `isolation`). */
  isolated: z.boolean(),
  up: z.boolean(),
  marked: z.boolean(),
  peer: Peer,
});
export type Veth = z.infer<typeof Veth>;
