/** What the command line says of a topology, for a command line elsewhere. */
import { z } from 'zod';
import { document } from './common.ts';

/** `from` and `to` of one flow, `web1` and `db1:5432/tcp`; with `many` either may be left out, and `to` needs no service. */
export const FlowQuestion = z.object({
  from: z.string().min(1).max(256).optional(),
  to: z.string().min(1).max(256).optional(),
  many: z.stringbool().default(false),
  without: z.union([z.string().max(256), z.array(z.string().max(256)).max(64)]).optional(),
});

export const Report = z
  .object({
    ...document,
    /** The document of `--json`, as the version of the server has it, without `formatVersion` and `diagnostics`. */
    report: z.record(z.string(), z.unknown()).readonly(),
    /** The same for people. */
    text: z.string(),
    exitCode: z.union([z.literal(0), z.literal(3), z.literal(4)]),
    /** The lines that the diagnostics point at, by file; all others are empty. */
    sources: z.array(z.object({ file: z.string(), text: z.string() }).readonly()).readonly(),
  })
  .readonly();
export type Report = z.infer<typeof Report>;
