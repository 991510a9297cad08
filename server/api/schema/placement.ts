/** What hosts have room for, and who finds a place without some of them. */
import { z } from 'zod';

const Names = z.array(z.string()).readonly();

const GroupCapacity = z
  .object({
    hosts: Names,
    /** Guests and gateways that are protected. */
    protected: z.number(),
    survives: z.number(),
    exact: z.boolean(),
    /** Of the smallest sets of hosts that are too many the worst; how many sets of that size are, of how many. */
    tooMany: z.object({ hosts: Names, homeless: Names, sets: z.number(), of: z.number() }).readonly().nullable(),
  })
  .readonly();

export const Placement = z
  .object({
    /** Hosts that say what they have; memory in bytes. */
    hosts: z
      .array(
        z
          .object({
            host: z.string(),
            cpus: z.number().nullable(),
            memory: z.number().nullable(),
            used: z.object({ cpus: z.number(), memory: z.number() }).readonly(),
          })
          .readonly(),
      )
      .readonly(),
    /** How many hosts may fail with every protected guest started again on the others; `null` where none is protected. */
    failures: z
      .object({ groups: z.array(GroupCapacity).readonly(), survives: z.number().nullable(), exact: z.boolean() })
      .readonly()
      .nullable(),
  })
  .readonly();
export type Placement = z.infer<typeof Placement>;

export const Displaced = z
  .object({
    without: Names,
    moved: z.array(z.object({ name: z.string(), from: z.string().nullable(), to: z.string() }).readonly()).readonly(),
    homeless: z
      .array(z.object({ name: z.string(), protection: z.enum(['protected', 'restart']), why: z.string() }).readonly())
      .readonly(),
    outcome: z.enum(['all', 'not-all', 'unknown']),
  })
  .readonly();
export type Displaced = z.infer<typeof Displaced>;
