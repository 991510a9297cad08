import { z } from 'zod';
import { document } from './common.ts';
import { DecidedBy } from './packet.ts';

/** What a row or column of the matrix is: its id is that of the node of the graph. */
const PolicyEnd = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['internet', 'network', 'gateway']),
    /** Somebody there, to send a packet from or to; `null`: nobody is. */
    somebody: z.string().nullable(),
    members: z.number(),
  })
  .readonly();
export type PolicyEnd = z.infer<typeof PolicyEnd>;

const Names = z.object({ names: z.array(z.string()).readonly(), more: z.number() }).readonly();

/** Packets that are treated alike: the same services, sent to the same place, decided by the same rules. */
const PolicyFlow = z
  .object({
    state: z.enum(['yes', 'one-way', 'unknown', 'refused']),
    why: z.string().nullable(),
    services: z.array(z.string()).readonly(),
    from: Names,
    to: Names,
    /** Where they are sent, if a gateway sends them on to somebody else. */
    sentTo: Names.nullable(),
    /** What lets them through, translations first; empty where no filter is on the way. */
    by: z.array(DecidedBy).readonly(),
    /** One such packet, as the packet mode takes it. */
    example: z.object({ from: z.string(), to: z.string(), service: z.string() }).readonly().nullable(),
    /** Nodes of the map that it passes. */
    on: z.array(z.string()).readonly(),
  })
  .readonly();
export type PolicyFlow = z.infer<typeof PolicyFlow>;

/** `all`: everything from everybody to everybody there; `some`; `unknown`: something is not understood, and may be open. */
const PolicyCell = z
  .object({
    from: z.string(),
    to: z.string(),
    verdict: z.enum(['all', 'some', 'unknown']),
    services: z.array(z.string()).readonly(),
    flows: z.array(PolicyFlow).readonly(),
    /** Flows that are not listed. */
    more: z.number(),
  })
  .readonly();
export type PolicyCell = z.infer<typeof PolicyCell>;

/** Who can reach whom: a pair without a cell has nothing open. */
export const PolicyAnswer = z
  .object({
    ...document,
    from: z.array(PolicyEnd).readonly(),
    to: z.array(PolicyEnd).readonly(),
    cells: z.array(PolicyCell).readonly(),
    notes: z.array(z.string()).readonly(),
  })
  .readonly();
export type PolicyAnswer = z.infer<typeof PolicyAnswer>;
