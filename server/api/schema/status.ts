/** What hosts are like now: drift, foreign things, and what is up. */
import { z } from 'zod';
import type { HostStatus as HostStatusValue } from '../../run/status.ts';
import { document, Failed } from './common.ts';
import { Forgotten } from './plan.ts';

export const StatusQuestion = z.object({
  /** About the running lab's hosts. */
  lab: z.stringbool().default(false),
});

export const HostStatus = z
  .object({
    host: z.string(),
    run: z
      .object({
        formatVersion: z.number(),
        run: z.string(),
        topology: z.string(),
        who: z.string(),
        at: z.string(),
        windowS: z.number(),
        leftMs: z.number().nullable(),
        ready: z.boolean(),
        undoing: z.boolean(),
        watched: z.boolean(),
      })
      .readonly()
      .nullable(),
    kept: z.object({ run: z.string(), who: z.string(), at: z.string() }).readonly().nullable(),
    unchanged: z.number(),
    drift: z
      .array(
        z
          .object({
            resource: z.string(),
            field: z.string(),
            expected: z.unknown(),
            found: z.unknown(),
            by: z.string().nullable(),
          })
          .readonly(),
      )
      .readonly(),
    foreign: z.array(z.object({ resource: z.string(), detail: z.string() }).readonly()).readonly(),
    fileChanges: z
      .array(z.object({ resource: z.string(), field: z.string(), kept: z.unknown(), wanted: z.unknown() }).readonly())
      .readonly(),
    undoneInPart: z
      .array(z.object({ run: z.string(), problems: z.array(z.string()).readonly() }).readonly())
      .readonly(),
    members: z
      .array(z.object({ namespace: z.string(), role: z.enum(['master', 'backup', 'fault']).nullable() }).readonly())
      .readonly(),
    notes: z.array(z.string()).readonly(),
  })
  .readonly();
export type HostStatus = z.infer<typeof HostStatus>;

/** `partly`: some of its links are up; `unknown`: the host does not answer. */
export const LiveState = z.enum(['up', 'partly', 'down', 'unknown']);
export type LiveState = z.infer<typeof LiveState>;

const Counters = z
  .object({
    rxBytes: z.number(),
    rxPackets: z.number(),
    rxErrors: z.number(),
    rxDropped: z.number(),
    txBytes: z.number(),
    txPackets: z.number(),
    txErrors: z.number(),
    txDropped: z.number(),
  })
  .readonly();

/** One link of a host, or of a namespace on it (`scope`; `''`: the host's own). */
export const LiveLink = z
  .object({
    scope: z.string(),
    name: z.string(),
    kind: z.string().nullable(),
    up: z.boolean(),
    /** `null`: nothing is said of it while the link is down. */
    carrier: z.boolean().nullable(),
    mtu: z.number(),
    counters: Counters.nullable(),
  })
  .readonly();
export type LiveLink = z.infer<typeof LiveLink>;

/** State of one node of the graph, by its id there. */
export const LiveNode = z
  .object({
    id: z.string(),
    state: LiveState,
    /** How many fields of it are not as they were left. */
    drift: z.number(),
    /** What it was told from. */
    links: z.array(z.object({ host: z.string(), scope: z.string(), name: z.string() }).readonly()).readonly(),
  })
  .readonly();
export type LiveNode = z.infer<typeof LiveNode>;

export const LiveHost = z
  .object({ host: z.string(), links: z.array(LiveLink).readonly(), failure: Failed.nullable() })
  .readonly();
export type LiveHost = z.infer<typeof LiveHost>;

export const Status = z
  .object({
    ...document,
    topology: z.string(),
    /** When it was read. */
    at: z.string(),
    lab: z.boolean(),
    /** Those that answer; as `trunkline status --json` has them. */
    hosts: z.array(HostStatus).readonly(),
    forgotten: z.array(Forgotten).readonly(),
    notes: z.array(z.string()).readonly(),
    /** All hosts; `failure` where one does not answer. */
    live: z.array(LiveHost).readonly(),
    nodes: z.array(LiveNode).readonly(),
  })
  .readonly();
export type Status = z.infer<typeof Status>;

// The shapes above and the values of the product must not drift apart.
export const statusFits: HostStatusValue extends z.input<typeof HostStatus> ? true : false = true;
