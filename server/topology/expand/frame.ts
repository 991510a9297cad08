/** Where one is while a topology is put together: in which file, with which values, and how one came there. */
import type { Origin, OriginValue, Place } from '../../core/place.ts';
import { evaluateTemplate, type Template } from '../expression/template.ts';
import { isRefusal, type Budget, type Refusal, type Scope, type Value } from '../expression/value.ts';
import type { Problems } from '../problems.ts';
import type { ScalarNode } from '../tree.ts';
import type { Outline } from './outline.ts';
import { valueOfScalar } from './parameters.ts';
import type { Parts } from './parts.ts';

export interface Frame {
  readonly outline: Outline;
  readonly scope: Scope | null;
  readonly via: Origin | undefined;
  /** The files that use each other here, that of the topology first. */
  readonly files: readonly string[];
}

/** What one reading shares. */
export interface Run {
  readonly problems: Problems;
  readonly budget: Budget;
  readonly parts: Parts;
  origins: number;
}

export function originOf(
  type: Origin['type'],
  place: Place,
  values: readonly OriginValue[],
  outer: Origin | undefined,
  run: Run,
): Origin {
  run.origins += 1;
  return { type, place, values, outer, order: run.origins };
}

/** A place of the file, as it is met here. */
export function placed(place: Place, via: Origin | undefined): Place {
  return via === undefined ? place : { file: place.file, line: place.line, column: place.column, via };
}

/** `undefined` where it has no value for a reason that was told before. */
export function workOut(node: ScalarNode, frame: Frame, run: Run): Value | Refusal | undefined {
  const template = frame.outline.templates.ofScalar.get(node);
  if (template !== undefined) return workOutTemplate(template, frame, run);
  const value = valueOfScalar(node);
  if (value !== undefined) return value;
  const detail = `Numbers are whole here, up to ${String(Number.MAX_SAFE_INTEGER)}; this is \`${node.text}\`.`;
  return { problem: { code: 'wrong-type', detail, hint: 'put it in quotes if it is meant as text', offset: 0 } };
}

/** The same for a template, `null` where it is wrong. */
export function workOutTemplate(
  template: Template | null,
  { scope }: Frame,
  { budget }: Run,
): Value | Refusal | undefined {
  if (template === null) return undefined;
  const answer = evaluateTemplate(template, scope, budget);
  // All its names are declared: one that is not bound is a parameter that has no value, of which its declaration was told.
  return isRefusal(answer) && answer.problem.code === 'unknown-variable' ? undefined : answer;
}

export function isValue(answer: Value | Refusal | undefined): answer is Value {
  return answer !== undefined && !isRefusal(answer);
}
