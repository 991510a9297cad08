import { z } from 'zod';
import { idField, scopeField } from '../link-fields.ts';

/**
 * What a gateway hands out to the networks that ask for it (`dhcp: true`): dnsmasq with what it is told, and who keeps it running.
 */
export const DhcpServer = z.strictObject({
  kind: z.literal('dhcp'),
  id: idField,
  scope: scopeField,
  /** What lies in its folder on the host, by name. */
  files: z.record(z.string().regex(/^[a-z.]+$/), z.string()),
  /** The interfaces that it listens on. */
  needs: z.array(idField),
  running: z.boolean(),
});
export type DhcpServer = z.infer<typeof DhcpServer>;
