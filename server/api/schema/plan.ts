/** A plan as the API gives it: the document of `trunkline plan --json`, and what applying it needs. */
import { z } from 'zod';
import type { ShownHostPlan } from '../../flow/plan.ts';
import type { Reachability } from '../../flow/reachability.ts';
import type { Resource as ResourceValue } from '../../flow/resource.ts';
import { document } from './common.ts';
import { Placement } from './placement.ts';

/** Topologies are asked for by their path in the folder; with `lab`, it is about the running lab's hosts. */
export const PlanQuestion = z.object({
  hosts: z.array(z.string().max(64)).min(1).max(4096).optional(),
  lab: z.boolean().default(false),
});

const ShownCommand = z.object({ argv: z.array(z.string()).readonly(), stdin: z.string().nullable() }).readonly();

/** What it is on the host; further members as its kind has them. */
const Resource: z.ZodType<ResourceValue, ResourceValue> = z.looseObject({
  kind: z.string(),
  id: z.string(),
  scope: z.string(),
});

const Step = z
  .object({
    id: z.string(),
    action: z.enum(['add', 'change', 'replace', 'remove']),
    first: z.boolean(),
    effect: z.enum(['closes', 'builds', 'opens', 'removes']),
    kind: z.string(),
    resource: z.string(),
    title: z.string(),
    before: Resource.nullable(),
    after: Resource.nullable(),
    reason: z.string(),
    cost: z.enum(['hitless', 'flap', 'reconnect']),
    fields: z.array(z.object({ field: z.string(), expected: z.unknown(), found: z.unknown() }).readonly()).readonly(),
    commands: z.array(ShownCommand).readonly(),
    undo: z.array(ShownCommand).readonly(),
    dependsOn: z.array(z.string()).readonly(),
    cutsFlowsIn: z.string().exactOptional(),
  })
  .readonly();
export type PlanStep = z.infer<typeof Step>;

export const HostPlan = z
  .object({
    host: z.string(),
    desired: z.array(Resource).readonly(),
    fingerprint: z.string(),
    steps: z.array(Step).readonly(),
    together: z.literal(true).exactOptional(),
    obstacles: z
      .array(
        z
          .object({
            host: z.string(),
            sort: z.enum(['foreign', 'unrestorable', 'adoptable']),
            resource: z.string(),
            detail: z.string(),
          })
          .readonly(),
      )
      .readonly(),
    cuts: z
      .array(
        z
          .object({ host: z.string(), step: z.string(), title: z.string(), path: z.string(), reason: z.string() })
          .readonly(),
      )
      .readonly(),
    unchanged: z.number(),
  })
  .readonly();
export type HostPlan = z.infer<typeof HostPlan>;

const FlowChange = z
  .object({
    services: z.array(z.string()).readonly(),
    from: z.string(),
    to: z.array(z.string()).readonly(),
    via: z.string(),
    sure: z.boolean(),
    witness: z
      .object({
        interface: z.string(),
        protocol: z.number(),
        source: z.string(),
        sourcePort: z.number().nullable(),
        destination: z.string(),
        destinationPort: z.number().nullable(),
      })
      .readonly(),
    rule: z
      .object({ table: z.string(), chain: z.string(), entry: z.string().nullable(), text: z.string() })
      .readonly()
      .nullable(),
    whole: z
      .object({
        outcome: z.enum(['as-told', 'refused-elsewhere', 'as-before', 'unknown']),
        from: z.string(),
        source: z.string(),
        destination: z.string(),
        destinationPort: z.number().nullable(),
        straight: z.boolean(),
        before: z.string(),
        after: z.string(),
        at: z.string().nullable(),
        why: z.string(),
      })
      .readonly()
      .nullable(),
  })
  .readonly();
export type FlowChange = z.infer<typeof FlowChange>;

export const Reachable = z
  .object({
    opened: z.array(FlowChange).readonly(),
    closed: z.array(FlowChange).readonly(),
    transient: z.array(FlowChange).readonly(),
    notes: z.array(z.string()).readonly(),
  })
  .readonly();

export const PlanSummary = z
  .object({ add: z.number(), change: z.number(), remove: z.number(), replace: z.number(), hosts: z.number() })
  .readonly();

export const Forgotten = z
  .object({ topology: z.string(), host: z.string(), access: z.string(), run: z.string() })
  .readonly();

/**
 * Why a plan has to be agreed to in more than one click. `interrupts`: packets are lost while it is made (flap, reconnect);
 * `closes`: traffic that was possible is not any more; `cuts-flows`: established flows are cut; `cuts-path`: the way by which the
 * host is reached (needs `allowCut`); `discards`: something of somebody's is lost for good (needs `discardUnknown`).
 */
export const Loss = z
  .object({
    sort: z.enum(['interrupts', 'closes', 'cuts-flows', 'cuts-path', 'discards']),
    host: z.string().nullable(),
    /** `gw-x/3`; `null` where it is no single step. */
    step: z.string().nullable(),
    text: z.string(),
  })
  .readonly();
export type Loss = z.infer<typeof Loss>;

export const Plan = z
  .object({
    ...document,
    topology: z.string(),
    hosts: z.array(HostPlan).readonly(),
    drift: z
      .array(
        z
          .object({
            host: z.string(),
            resource: z.string(),
            field: z.string(),
            expected: z.unknown(),
            found: z.unknown(),
          })
          .readonly(),
      )
      .readonly(),
    reachability: Reachable.nullable(),
    notes: z.array(z.string()).readonly(),
    summary: PlanSummary,
    forgotten: z.array(Forgotten).readonly(),
    /** Of a run that is gone back from there is none: its file is not known. */
    placement: Placement.nullable(),
    access: z.record(z.string(), z.string()).readonly(),
    /** What `apply` names it by. It is kept for a while, and for nobody else than the topology that it was made of. */
    plan: z.string(),
    /** ISO time until which it is kept, at most: later ones take the place of earlier ones. */
    keptUntil: z.string(),
    /** SHA-256 over what is shown: the whole of the plan, commands included. */
    fingerprint: z.string(),
    lab: z.boolean(),
    /** What it takes to apply it. */
    agree: z
      .object({
        /** What a person has to type; `null`: nothing, the plan loses nothing. */
        typed: z.string().nullable(),
        losses: z.array(Loss).readonly(),
        /** It cuts the way by which a host is reached: `allowCut` has to be said. */
        allowCut: z.boolean(),
        /** It takes over what others have made: `adopt` has to be said. */
        adopt: z.boolean(),
        /** It loses what others have put into things of ours: `discardUnknown` has to be said. */
        discardUnknown: z.boolean(),
        /** What no consent takes out of the way: the plan cannot be applied. */
        blockedBy: z.array(z.string()).readonly(),
      })
      .readonly(),
  })
  .readonly();
export type Plan = z.infer<typeof Plan>;

// The shapes above and the values of the product must not drift apart.
export const planFits: readonly [
  ShownHostPlan extends z.input<typeof HostPlan> ? true : false,
  Reachability extends z.input<typeof Reachable> ? true : false,
] = [true, true];
