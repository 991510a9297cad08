/** What a page that stays open is told. Each message has an id; a page that comes back names the last one that it had. */
import { z } from 'zod';
import { HostStage, RunEntry } from './runs.ts';
import { LiveHost, LiveNode } from './status.ts';

export const EventsQuestion = z.object({
  /** A topology whose hosts are looked at again and again as long as somebody listens. */
  watch: z.string().max(512).optional(),
  lab: z.stringbool().default(false),
});

/** The first of a stream, unless it goes on where it broke off: what was told before is not to be relied on. */
const Reset = z.object({ type: z.literal('reset'), runs: z.array(RunEntry).readonly() }).readonly();

/** A run was begun, waits until `until`, or is over: `outcome` says. */
const RunChange = z.object({ type: z.literal('run'), at: z.string(), run: RunEntry }).readonly();

/** Of `of` steps on this host, `done` are done. */
const Progress = z
  .object({
    type: z.literal('progress'),
    at: z.string(),
    run: z.string(),
    host: z.string(),
    stage: HostStage,
    done: z.number(),
    of: z.number(),
  })
  .readonly();

const Output = z.object({ type: z.literal('output'), at: z.string(), run: z.string(), text: z.string() }).readonly();

/** A topology of the folder, or a part of it, was written, or is gone. */
const FileChange = z
  .object({
    type: z.literal('file'),
    at: z.string(),
    name: z.string(),
    change: z.enum(['added', 'changed', 'removed']),
  })
  .readonly();

/** Of a topology that is watched: only hosts and nodes that are not as they were told of last. */
const StateChange = z
  .object({
    type: z.literal('state'),
    at: z.string(),
    name: z.string(),
    lab: z.boolean(),
    live: z.array(LiveHost).readonly(),
    nodes: z.array(LiveNode).readonly(),
  })
  .readonly();

export const LiveEvent = z.discriminatedUnion('type', [Reset, RunChange, Progress, Output, FileChange, StateChange]);
export type LiveEvent = z.infer<typeof LiveEvent>;
