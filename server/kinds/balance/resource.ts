import { z } from 'zod';
import { idField, scopeField } from '../link-fields.ts';

/**
 * Who looks whether the targets of a gateway's balanced services (`balance`, `health: tcp`) are alive, and takes those that are
 * not out of the map that leads to them.
 */
export const HealthCheck = z.strictObject({
  kind: z.literal('balance'),
  id: idField,
  scope: scopeField,
  /** What lies in its folder on the host, by name. */
  files: z.record(z.string().regex(/^[a-z.]+$/), z.string()),
  /** The table whose maps it fills. */
  table: idField,
  running: z.boolean(),
});
export type HealthCheck = z.infer<typeof HealthCheck>;
