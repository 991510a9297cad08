import { z } from 'zod';
import { idField, namespaceField } from '../link-fields.ts';

/**
 * One member of a cluster (`on: [gw-x, gw-y]`) at taking over from the others: keepalived with what it is told, and who keeps it
 * running. The addresses that are shared belong to it, and to no plan.
 */
export const Failover = z.strictObject({
  kind: z.literal('failover'),
  id: idField,
  scope: namespaceField,
  /** What lies in its folder on the host, by name. */
  files: z.record(z.string().regex(/^[a-z.]+$/), z.string()),
  /** What its adverts go by: interfaces and their own addresses. */
  needs: z.array(idField),
  running: z.boolean(),
});
export type Failover = z.infer<typeof Failover>;
