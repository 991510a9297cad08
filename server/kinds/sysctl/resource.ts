import { z } from 'zod';
import { idField, scopeField } from '../link-fields.ts';

/** Below /proc/sys, in slashes: a dotted form misreads interface names that have dots. */
export const SYSCTL_PATH = /^net\/ipv[46]\/(conf\/[A-Za-z0-9][A-Za-z0-9._-]{0,14}\/[a-z0-9_]+|[a-z0-9_]+)$/;

/** One setting of a network stack or of an interface in it. */
export const Sysctl = z.strictObject({
  kind: z.literal('sysctl'),
  id: idField,
  scope: scopeField,
  path: z.string().regex(SYSCTL_PATH),
  value: z.string().regex(/^-?\d{1,10}$/),
  /** The resource that makes the interface; `null` for a setting of the whole stack. */
  link: idField.nullable(),
  /** A setting of an interface that is not ours: its former value is kept, and given back. */
  borrowed: z.boolean(),
});
export type Sysctl = z.infer<typeof Sysctl>;
