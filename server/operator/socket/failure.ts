import type { z } from 'zod';
import type { Failed } from '../../api/schema/common.ts';
import { Failure, FAILURE_RULES } from '../../core/failure.ts';
import type { FailureKind } from '../../core/failure.ts';

/** What the other process threw, thrown here. A kind that is none of ours is a defect. */
export function failureFrom({ kind, summary, detail, ...rest }: z.output<typeof Failed>): Failure {
  const known: FailureKind = Object.hasOwn(FAILURE_RULES, kind) ? (kind as FailureKind) : 'internal';
  return new Failure(known, summary, { ...rest, ...(detail === null ? {} : { detail }) });
}
