/**
 * The building blocks of the schemas. A schema describes what the user writes (that is what `describe` texts and the value
 * before its transform are for) and answers what it means, as the grammars read it.
 */
import * as z from 'zod';
import { parseDescription } from '../grammar/description.ts';
import { parseReference } from '../grammar/name.ts';
import type { Problem, Reading } from '../problem.ts';
import { formMeta, type Form, type Parse } from './forms.ts';

/** How a problem travels through zod. */
export interface ProblemParams {
  readonly problem: Problem;
}

interface IssueSink {
  readonly addIssue: (issue: {
    code: 'custom';
    message: string;
    params: Record<string, unknown>;
    path?: PropertyKey[];
  }) => void;
}

export function tell(sink: IssueSink, problem: Problem, path: readonly (string | number)[] = []): void {
  const params: ProblemParams = { problem };
  sink.addIssue({ code: 'custom', message: problem.detail, params: { ...params }, path: [...path] });
}

/** Text that a grammar reads. */
export function written<T>(parse: (text: string) => Reading<T>, form?: Form) {
  return z
    .string()
    .meta(formMeta(parse, form))
    .transform((text, context) => readOrTell(text, parse, context));
}

/** The same for values that YAML may take for a number, like the port `53`. */
export function writtenOrNumber<T>(parse: (text: string) => Reading<T>) {
  const text = z.string().meta(formMeta(parse));
  return z.union([text, z.number()]).transform((value, context) => readOrTell(String(value), parse, context));
}

function readOrTell<T>(text: string, parse: (text: string) => Reading<T>, context: IssueSink): T {
  const reading = parse(text);
  if (reading.ok) return reading.value;
  tell(context, reading.problem);
  return z.NEVER;
}

/** One value, or a list with any number of them. */
export function oneOrMany<S extends z.ZodType>(one: S) {
  return z.union([one.transform((value: z.output<S>) => [value]), z.array(one)]);
}

/** One value, or a list with at least one. */
export function oneOrMore<S extends z.ZodType>(one: S) {
  return z.union([one.transform((value: z.output<S>) => [value]), z.array(one).min(1)]);
}

/** A map keyed by the names that the user gives; `keys` tells editors their form, which is checked in `names.ts`. */
export function named<S extends z.ZodType>(entry: S, keys: Parse = parseReference) {
  return z.record(z.string().meta(formMeta(keys)), entry);
}

export const Description = written(parseDescription).optional().describe('free text, for people');
