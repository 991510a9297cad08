import { z } from 'zod';
import { document, Place } from './common.ts';
import { Displaced, Placement } from './placement.ts';

const Hosts = z.union([z.string().max(256), z.array(z.string().max(256)).max(64)]);

export const RehearsalQuestion = z.object({ host: Hosts });

/** What the file promises, and what becomes of it: a line of `expect`, of `policy` or of `publish`. */
const PromiseKept = z
  .object({
    kind: z.enum(['expectation', 'policy', 'publish']),
    text: z.string(),
    place: Place.readonly(),
    /** `before`: it does not hold with all hosts up, either. */
    outcome: z.enum(['kept', 'degraded', 'lost', 'unknown', 'before']),
    /** The file says that it holds without one of these hosts, too. */
    promised: z.boolean(),
    probes: z.number(),
    failing: z.number(),
    /** Of these, how many have an end that is down itself. */
    endDown: z.number(),
    /** One that fails. */
    example: z.object({ from: z.string(), to: z.string(), service: z.string(), why: z.string() }).readonly().nullable(),
  })
  .readonly();
export type PromiseKept = z.infer<typeof PromiseKept>;

const GatewayLeft = z
  .object({
    name: z.string(),
    state: z.enum(['kept', 'degraded', 'taken-over', 'lost']),
    /** Members that forward: before, and now. */
    before: z.string().nullable(),
    now: z.string().nullable(),
    members: z.array(z.object({ name: z.string(), host: z.string(), up: z.boolean() }).readonly()).readonly(),
  })
  .readonly();

const GuestLeft = z
  .object({
    name: z.string(),
    host: z.string(),
    /** `down` with its host; `restarts` elsewhere; `cut-off`: up, and nothing that the file names gets through any more. */
    state: z.enum(['down', 'restarts', 'cut-off', 'degraded']),
    why: z.string(),
  })
  .readonly();

const NetworkLeft = z
  .object({ name: z.string(), state: z.enum(['lost', 'no-router', 'degraded']), why: z.string() })
  .readonly();

export const RehearsalAnswer = z
  .object({
    ...document,
    hosts: z.array(z.string()).readonly(),
    promises: z.array(PromiseKept).readonly(),
    gateways: z.array(GatewayLeft).readonly(),
    guests: z.array(GuestLeft).readonly(),
    networks: z.array(NetworkLeft).readonly(),
    /** Who is started elsewhere, and who finds no room. */
    displaced: Displaced,
    notes: z.array(z.string()).readonly(),
  })
  .readonly();
export type RehearsalAnswer = z.infer<typeof RehearsalAnswer>;

const Loss = z
  .object({
    hosts: z.array(z.string()).readonly(),
    /** Promises of the file that are lost or degraded. */
    promises: z.number(),
    guests: z.number(),
    gateways: z.number(),
    /** Two together lose what neither loses alone. */
    together: z.number(),
  })
  .readonly();

/** Each host alone, worst first, and pairs where there are few enough hosts to try them. */
export const WorstAnswer = z
  .object({
    ...document,
    hosts: z.array(Loss).readonly(),
    pairs: z.array(Loss).readonly(),
    placement: Placement,
    notes: z.array(z.string()).readonly(),
  })
  .readonly();
export type WorstAnswer = z.infer<typeof WorstAnswer>;
