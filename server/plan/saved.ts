import { z } from 'zod';
import { Failure } from '../core/failure.ts';
import type { ShownPlan } from '../flow/plan.ts';
import { PLAN_FORMAT } from '../flow/plan.ts';
import type { Kind } from '../kinds/kind.ts';

const SavedPlan = z.object({
  formatVersion: z.number().int(),
  topology: z.string().regex(/^[a-z][a-z0-9-]*$/),
  hosts: z.array(
    z.object({
      host: z.string().regex(/^[a-z][a-z0-9-]*$/),
      fingerprint: z.string(),
      unchanged: z.number(),
      obstacles: z.array(z.unknown()),
      // Made anew when it is applied, by the way that it is applied by.
      cuts: z.array(z.unknown()).default([]),
      steps: z.array(z.unknown()),
      together: z.literal(true).optional(),
      desired: z.array(z.looseObject({ kind: z.string(), id: z.string(), scope: z.string() })),
    }),
  ),
  access: z.record(z.string(), z.string()).optional(),
  summary: z.unknown(),
});

/**
 * Reads what `plan -o` wrote. Its resources are checked by their kinds; its commands are never run: a plan is made again
 * from the resources and the host, and has to come out the same as the saved one.
 */
export function readSavedPlan(file: string, text: string, kinds: readonly Kind[]): ShownPlan {
  const wrong = (detail: string): Failure => new Failure('file-wrong', `${file} is not a saved plan`, { detail });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  const parsed = SavedPlan.safeParse(value);
  if (!parsed.success) throw wrong(z.prettifyError(parsed.error));
  if (parsed.data.formatVersion > PLAN_FORMAT)
    throw wrong(`It has format ${String(parsed.data.formatVersion)}; this version reads up to ${String(PLAN_FORMAT)}.`);
  const kindOf = new Map(kinds.map((each) => [each.name, each]));
  for (const host of parsed.data.hosts) {
    for (const resource of host.desired) {
      const checked = kindOf.get(resource.kind)?.schema.safeParse(resource);
      if (checked?.success !== true)
        throw wrong(`${resource.id} on ${host.host} is not a resource that this version knows.`);
    }
  }
  return parsed.data as unknown as ShownPlan;
}

/** Whether a file given to `apply` is a plan rather than a topology. */
export function isSavedPlanText(text: string): boolean {
  return /^\s*\{/.test(text) && text.includes('"fingerprint"');
}
