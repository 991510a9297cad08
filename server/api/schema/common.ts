/**
 * What all documents of the API are made of. Each schema has a type of the same name; the web imports the types only.
 * Every document has `formatVersion` and `diagnostics`, and `failure` where it failed, as on the command line.
 */
import { z } from 'zod';
import type { Diagnostic as DiagnosticValue } from '../../core/diagnostic.ts';
import type { FailureDocument } from '../../core/failure.ts';
import type { Same } from './same.ts';

export const Place = z.object({ file: z.string(), line: z.number(), column: z.number() });

export const Diagnostic = Place.extend({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  summary: z.string(),
  detail: z.string(),
  hint: z.string().nullable(),
  related: z.array(Place.extend({ message: z.string() }).readonly()).readonly(),
}).readonly();
export type Diagnostic = z.infer<typeof Diagnostic>;

export const Failed = z
  .object({
    kind: z.string(),
    summary: z.string(),
    detail: z.string().nullable(),
    inPlace: z.array(z.string()).readonly(),
    undone: z.array(z.string()).readonly(),
    toDo: z.array(z.string()).readonly(),
  })
  .readonly();

/** What every answer begins with. */
export const document = { formatVersion: z.literal(1), diagnostics: z.array(Diagnostic).readonly() };

/** What a change to a file was made from, and what the file is by now. */
const Conflict = z
  .object({ base: z.string(), present: z.object({ hash: z.string(), text: z.string() }).readonly() })
  .readonly();
export type Conflict = z.infer<typeof Conflict>;

/** `conflict` stands beside a failure of the kind `file-changed`. */
export const FailureAnswer = z.object({ ...document, failure: Failed, conflict: Conflict.exactOptional() }).readonly();
export type FailureAnswer = z.infer<typeof FailureAnswer>;

/** Topologies are asked for by their path in the folder. */
export const TopologyParams = z.object({ name: z.string().max(512) });

// The shapes above and the values of the product must not drift apart.
export const commonFits: readonly [
  Same<DiagnosticValue extends Diagnostic ? true : false, true>,
  FailureDocument extends z.infer<typeof Failed> ? true : false,
] = [true, true];
