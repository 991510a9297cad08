import { z } from 'zod';
import type { Resource } from '../../flow/resource.ts';
import { idField } from '../link-fields.ts';

/** Only the kind that it is of knows the fields of a former value. */
const FORMER = z.looseObject({ kind: z.string(), id: idField, scope: z.string() });

/**
 * What is borrowed on the host (ports, settings of its own), as it was before: kept on the host itself for as long as it is
 * borrowed, for undo and destroy only. What is wanted never depends on it.
 */
export const Record = z.strictObject({
  kind: z.literal('record'),
  id: idField,
  scope: z.literal(''),
  format: z.int().min(1),
  topology: z.string().regex(/^[a-z][a-z0-9-]*$/),
  former: z.record(
    idField,
    z.custom<Resource>((value) => FORMER.safeParse(value).success),
  ),
});
export type Record = z.infer<typeof Record>;

/** Of what the file holds. A newer format is refused when it is read. */
export const RECORD_FORMAT = 1;
