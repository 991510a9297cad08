/** Runs: begun, kept, undone, and what history tells of them. */
import { z } from 'zod';
import type { RunResult as RunResultValue } from '../../flow/run.ts';
import type { RecordedRun } from '../../store/runs.ts';
import { document, Failed } from './common.ts';
import { Graph } from './graph.ts';
import { HostPlan, PlanSummary } from './plan.ts';

export const PLAN_ID = z.string().regex(/^[\w-]{22}$/);
export const RUN_ID = z.string().regex(/^\d{8}T\d{6}-[0-9a-f]{4}$/);

export const RunParams = z.object({ run: RUN_ID });

/** What somebody agrees to: named as the options of `trunkline apply`. */
const consent = {
  /** Wait so many seconds for somebody to confirm the run; the hosts undo it by themselves otherwise. */
  confirmWithinS: z.number().int().min(5).max(86_400).optional(),
  /** What `agree.typed` of the plan asks for. */
  typed: z.string().max(256).optional(),
  allowCut: z.boolean().optional(),
  adopt: z.boolean().optional(),
  discardUnknown: z.boolean().optional(),
};

export const ApplyQuestion = z.object({
  /** `plan` of the plan's document. */
  plan: PLAN_ID,
  ...consent,
  parallel: z.number().int().min(1).max(256).optional(),
  canary: z.string().max(64).optional(),
  keepGoing: z.boolean().optional(),
});

export const RunBegun = z.object({ ...document, run: z.string(), topology: z.string(), lab: z.boolean() }).readonly();
export type RunBegun = z.infer<typeof RunBegun>;

/** `before`: as its hosts were before the run; `after`: as the run left them. */
export const BackQuestion = z.object({ to: z.enum(['before', 'after']).default('before') });

/** Of a run that still waits, nothing is needed; of one that was kept, the plan of going back, and what that asks for. */
export const RollbackQuestion = z.object({ plan: PLAN_ID.optional(), ...consent });

const FlowsJudged = z
  .object({
    scope: z.string(),
    cut: z.number().nullable(),
    kept: z.number().nullable(),
    undecided: z.number().nullable(),
    note: z.string().exactOptional(),
  })
  .readonly();

const AtBoot = z.enum(['systemd', 'no-systemd', 'namespace', 'nobody', 'unwritten']);

const HostEnded = z
  .object({
    host: z.string(),
    result: z.enum(['confirmed', 'undone', 'unknown']),
    problems: z.array(z.string()).readonly(),
    flows: z.array(FlowsJudged).readonly().exactOptional(),
    atBoot: AtBoot.exactOptional(),
  })
  .readonly();

/** `hosts` is `null` where a further run was begun, `run`, that undoes one that was kept. */
export const RunEnded = z
  .object({
    ...document,
    run: z.string(),
    topology: z.string(),
    undoes: z.string().nullable(),
    hosts: z.array(HostEnded).readonly().nullable(),
  })
  .readonly();
export type RunEnded = z.infer<typeof RunEnded>;

/** What is being done to a host, or has been, in the words that people read. */
export const HostStage = z.enum([
  'reading',
  'planned',
  'ready',
  'changing',
  'waiting for the others',
  'verifying',
  'applied',
  'failed',
  'taking back',
  'as it was',
  'kept',
]);
export type HostStage = z.infer<typeof HostStage>;

const StepResult = z
  .object({
    id: z.string(),
    action: z.enum(['add', 'change', 'replace', 'remove']),
    resource: z.string(),
    cost: z.enum(['hitless', 'flap', 'reconnect']),
    result: z.enum(['done', 'undone', 'failed', 'not-reached', 'undo-failed']),
  })
  .readonly();

const HostRunResult = z
  .object({
    host: z.string(),
    result: z.enum(['applied', 'unchanged', 'undone', 'failed', 'not-started']),
    steps: z.array(StepResult).readonly(),
    verified: z.boolean().nullable(),
    confirmed: z.boolean().nullable(),
    until: z.string().nullable(),
    failure: Failed.nullable(),
    flows: z.array(FlowsJudged).readonly().exactOptional(),
    atBoot: AtBoot.exactOptional(),
  })
  .readonly();

export const RunResult = z
  .object({ run: z.string(), topology: z.string(), hosts: z.array(HostRunResult).readonly() })
  .readonly();
export type RunResult = z.infer<typeof RunResult>;

/**
 * `running`: being made right now, from here. `refused`: asked for, and nothing was changed (the plan was stale, a host was
 * locked). The others as `trunkline history` has them: `interrupted`: begun, and its end was never told; `pending`: waits for
 * confirmation; `lapsed`: nobody confirmed it in time; `applied`: done, where nothing has to be confirmed.
 */
export const Outcome = z.enum([
  'running',
  'refused',
  'interrupted',
  'pending',
  'lapsed',
  'confirmed',
  'applied',
  'undone',
  'failed',
]);
export type Outcome = z.infer<typeof Outcome>;

export const RunEntry = z
  .object({
    run: z.string(),
    topology: z.string(),
    /** Its file, as the API calls it; `null` where it came from elsewhere. */
    name: z.string().nullable(),
    lab: z.boolean(),
    who: z.string(),
    /** ISO times. */
    started: z.string(),
    ended: z.string().nullable(),
    /** How each host is reached: `local`, `lab`, or a URL. */
    hosts: z.record(z.string(), z.string()).readonly(),
    outcome: Outcome,
    /** Of `pending` and `lapsed`: when the first host goes back by itself. */
    until: z.string().nullable(),
    /** How many resources it was to leave on each host; `null` where that is not known. */
    leaves: z.record(z.string(), z.number()).readonly().nullable(),
    /** What was to be changed; `null` where it was not written down. */
    summary: PlanSummary.nullable(),
    /** The run that it undoes. */
    undoes: z.string().nullable(),
  })
  .readonly();
export type RunEntry = z.infer<typeof RunEntry>;

export const RunsQuestion = z.object({
  /** Name of a topology (`topology:` of its file). */
  topology: z.string().max(64).optional(),
  /** `next` of the page before. */
  before: RUN_ID.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** Newest first. `broken`: the history was changed by somebody else; do not rely on it. */
export const RunList = z
  .object({
    ...document,
    runs: z.array(RunEntry).readonly(),
    next: z.string().nullable(),
    broken: z.array(z.string()).readonly(),
  })
  .readonly();
export type RunList = z.infer<typeof RunList>;

/** All that is known of a run. */
export const Run = z
  .object({
    ...document,
    run: RunEntry,
    /** What was agreed to; `null` where it was refused before. */
    plan: z
      .object({ hosts: z.array(HostPlan).readonly(), summary: PlanSummary })
      .readonly()
      .nullable(),
    /** `null` while it runs, and where its end was never told. */
    result: RunResult.nullable(),
    /** The three things: what is in place, what was undone, what is left to do; `null`: it did not fail. */
    failed: Failed.nullable(),
    /** While it runs, and for a while afterwards: where each host stands. */
    stages: z
      .array(z.object({ host: z.string(), stage: HostStage, done: z.number(), of: z.number() }).readonly())
      .readonly(),
    /** What it said while it was made, as far as that is kept. */
    output: z.array(z.object({ at: z.string(), text: z.string() }).readonly()).readonly(),
    /** What was written down of it, in order. */
    entries: z.array(z.object({ at: z.string(), who: z.string(), event: z.string() }).readonly()).readonly(),
    /** The map at that time, and the text of the file and its parts; `null` where the run was not made from a server. */
    graph: Graph.nullable(),
    files: z
      .array(z.object({ name: z.string(), text: z.string() }).readonly())
      .readonly()
      .nullable(),
  })
  .readonly();
export type Run = z.infer<typeof Run>;

// The shapes above and the values of the product must not drift apart.
export const runsFit: readonly [
  RunResultValue extends z.input<typeof RunResult> ? true : false,
  RecordedRun['outcome'] extends Outcome ? true : false,
] = [true, true];
