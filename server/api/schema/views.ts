/** Saved views of the map: what was looked at, by name. */
import { z } from 'zod';
import { document, TopologyParams } from './common.ts';

const ViewName = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]+$/u, 'It is a line of text.');

export const ViewParams = TopologyParams.extend({ view: ViewName });

export const ViewQuestion = z.object({
  /** What comes after `?` in the address of the page, without the topology. */
  address: z.string().max(12_000),
  /** Whether others see it: needs the role `plan`. */
  shared: z.boolean().default(false),
});

export const View = z
  .object({
    name: z.string(),
    owner: z.string(),
    /** Whether it belongs to who asks. */
    own: z.boolean(),
    shared: z.boolean(),
    address: z.string(),
    /** ISO time. */
    saved: z.string(),
  })
  .readonly();
export type View = z.infer<typeof View>;

/** One's own, and those that others share; by name. */
export const ViewList = z.object({ ...document, views: z.array(View).readonly() }).readonly();
export type ViewList = z.infer<typeof ViewList>;
