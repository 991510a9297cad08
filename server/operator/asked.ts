/** What is written down before anything is done: who asked for what. And what became of it where no run was begun. */
import { z } from 'zod';
import { Graph } from '../api/schema/graph.ts';
import { Failed } from '../api/schema/common.ts';
import { PlanSummary } from '../api/schema/plan.ts';
import { RunResult } from '../api/schema/runs.ts';
import { openHistory } from '../store/history.ts';
import type { Place } from './found-run.ts';

/** `asked` of a run: keys sorted, so that `about` stands before what is long. */
export const AskedRun = z.object({
  about: z.object({
    operation: z.enum(['apply', 'rollback']),
    name: z.string().nullable(),
    topology: z.string(),
    /** How each host is reached. */
    access: z.record(z.string(), z.string()),
    summary: PlanSummary,
    fingerprint: z.string(),
    undoes: z.string().nullable(),
    consent: z.record(z.string(), z.unknown()),
  }),
  files: z
    .array(z.object({ name: z.string(), text: z.string() }))
    .readonly()
    .nullable()
    .optional(),
  graph: Graph.nullable().optional(),
});
export type AskedRun = z.input<typeof AskedRun>;

/** `answered`: nothing was begun, since it was refused or there was nothing to change. */
export const AnsweredRun = z.object({ failure: Failed.nullable(), result: RunResult.nullable() });
export type AnsweredRun = z.input<typeof AnsweredRun>;

interface Told {
  readonly who: string;
  /** The run, or what it is about where there is none: `file:NAME`. */
  readonly run: string;
  readonly event:
    | 'asked'
    | 'answered'
    | 'confirm asked'
    | 'undo asked'
    | 'save asked'
    | 'saved'
    | 'create asked'
    | 'created'
    | 'accept asked'
    | 'accepted';
  readonly body: unknown;
}

/** Throws `history`: whoever asked is told, and nothing was done. */
export async function writeDown({ path }: Pick<Place, 'path'>, told: Told): Promise<void> {
  const history = await openHistory(path);
  try {
    await history.append({ at: new Date().toISOString(), ...told });
  } finally {
    await history.close();
  }
}
