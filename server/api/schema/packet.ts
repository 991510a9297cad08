import { z } from 'zod';
import { document } from './common.ts';

/** `from`: a node, `internet` or an address; `to`: `db1:5432/tcp`, `192.0.2.10/icmp`; `without`: hosts that are down. */
export const PacketQuestion = z.object({
  from: z.string().min(1).max(256),
  to: z.string().min(1).max(256),
  without: z.union([z.string().max(256), z.array(z.string().max(256)).max(64)]).optional(),
});

/** What decides: a rule with the line of the file that it comes from, a route, or a setting. */
export const DecidedBy = z
  .object({ text: z.string(), file: z.string().nullable(), line: z.number().nullable() })
  .readonly();
export type DecidedBy = z.infer<typeof DecidedBy>;

/** `null`: more than one value is possible there. */
const PacketView = z
  .object({
    family: z.union([z.literal(4), z.literal(6)]),
    protocol: z.string(),
    source: z.string().nullable(),
    sourcePort: z.number().nullable(),
    destination: z.string().nullable(),
    destinationPort: z.number().nullable(),
  })
  .readonly();
export type PacketView = z.infer<typeof PacketView>;

const HopAction = z.enum([
  'sends',
  'accepts',
  'translates',
  'forwards',
  'switches',
  'delivers',
  'drops',
  'rejects',
  'stops',
  'unknown',
]);

/** `on` is the id of the node of the graph that it happens on. */
const PacketHop = z
  .object({
    node: z.string(),
    on: z.string(),
    interface: z.string().nullable(),
    action: HopAction,
    by: DecidedBy.nullable(),
    packet: PacketView,
    note: z.string().nullable(),
  })
  .readonly();
export type PacketHop = z.infer<typeof PacketHop>;

const Verdict = z.enum(['delivered', 'dropped', 'rejected', 'no-route', 'loop', 'not-listening', 'unknown']);

/** One for each address family that both ends have. */
const PacketAnswer = z
  .object({
    family: z.union([z.literal(4), z.literal(6)]),
    protocol: z.string(),
    from: z.object({ node: z.string(), address: z.string() }).readonly(),
    to: z.object({ node: z.string().nullable(), address: z.string(), port: z.number().nullable() }).readonly(),
    verdict: Verdict,
    why: z.string(),
    by: DecidedBy.nullable(),
    hops: z.array(PacketHop).readonly(),
    reply: z
      .object({ verdict: Verdict, hops: z.array(PacketHop).readonly() })
      .readonly()
      .nullable(),
    doubts: z.array(z.string()).readonly(),
  })
  .readonly();
export type PacketAnswer = z.infer<typeof PacketAnswer>;

export const PacketAnswers = z
  .object({
    ...document,
    from: z.string(),
    to: z.string(),
    without: z.array(z.string()).readonly(),
    answers: z.array(PacketAnswer).readonly(),
  })
  .readonly();
export type PacketAnswers = z.infer<typeof PacketAnswers>;
