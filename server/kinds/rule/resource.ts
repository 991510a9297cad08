import { z } from 'zod';
import { addressField, idField, prefixField, scopeField } from '../link-fields.ts';

/**
 * Which packets a routing table of ours is asked for, as two lines of `ip rule`: first the main table, without its default
 * routes, so that networks nearby are reached as ever, then the table.
 */
export const Rule = z.strictObject({
  kind: z.literal('rule'),
  id: idField,
  scope: scopeField,
  family: z.union([z.literal(4), z.literal(6)]),
  /** Packets from this address or network, or those that carry the mark. */
  select: z.union([
    z.strictObject({ from: z.union([addressField, prefixField]) }),
    z.strictObject({ mark: z.int().min(1).max(0xffff_ffff) }),
  ]),
  /** Of the first line; the second has the next one. */
  priority: z.int().min(1).max(32_000),
  table: z.int().min(256).max(0xffff_ffff),
  /** Whether each of the two lines is there. */
  main: z.boolean(),
  own: z.boolean(),
  /** The table's default route: without it packets would go on to the next rule. */
  route: idField,
});
export type Rule = z.infer<typeof Rule>;
