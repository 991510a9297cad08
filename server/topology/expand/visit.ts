/**
 * The way through a topology and its parts: what stands there, then each round of each `for`, then each part that is used.
 * Counting what would be made and making it go the same way, so that they agree.
 */
import { quoted } from '../../core/visible-text.ts';
import type { Place } from '../../core/place.ts';
import type { Value } from '../expression/value.ts';
import { MAX_USE_DEPTH } from '../limits.ts';
import type { Problem } from '../problem.ts';
import { placeInside, type ScalarNode } from '../tree.ts';
import { isValue, originOf, workOut, type Frame, type Run } from './frame.ts';
import type { Content, Loop, Outline, Variable } from './outline.ts';
import { bindParameters, fitted, sortOfDefault, unknownParameterHint } from './parameters.ts';
import { partPath } from './parts.ts';
import { listValues, readRange, type Values } from './ranges.ts';
import type { Given, Use } from './uses.ts';

export interface Visitor {
  /** The sections that stand in a file or in a round. */
  content(content: Content, frame: Frame): void;
  /** Whether to go through these rounds (one, for a part) one by one. */
  enter(place: Place, rounds: number, content: Content, frame: Frame): boolean;
  /** A problem at a place of the file. */
  tell(problem: Omit<Problem, 'offset'>, place: Place, frame: Frame): void;
  /** Something that would have been made is not, and may have declared anything. */
  lost(): void;
}

export function visitContent(content: Content, frame: Frame, run: Run, visitor: Visitor): void {
  visitor.content(content, frame);
  for (const loop of content.loops) visitLoop(loop, frame, run, visitor);
  for (const use of content.uses) visitUse(use, frame, run, visitor);
}

function visitLoop(loop: Loop, frame: Frame, run: Run, visitor: Visitor): void {
  const lists: Values[] = [];
  for (const variable of loop.variables) {
    const values = valuesOf(variable, frame, run, visitor);
    if (values !== undefined) lists.push(values);
  }
  if (lists.length < loop.variables.length) {
    visitor.lost();
    return;
  }
  const rounds = lists.reduce((product, { length }) => product * length, 1);
  if (!visitor.enter(loop.place, rounds, loop.content, frame)) return;
  for (let round = 0; round < rounds; round += 1) {
    const values = roundValues(loop.variables, lists, round);
    const scope = values.reduce((outer, each) => ({ ...each, outer }), frame.scope);
    const via = originOf('for', loop.place, values, frame.via, run);
    visitContent(loop.content, { ...frame, scope, via }, run, visitor);
  }
}

/** The first variable changes slowest, as the hours of a clock. */
function roundValues(
  variables: readonly Variable[],
  lists: readonly Values[],
  round: number,
): readonly { readonly name: string; readonly value: Value }[] {
  let rest = round;
  const indexes = lists.map(() => 0);
  for (let at = lists.length - 1; at >= 0; at -= 1) {
    const length = lists[at]?.length ?? 1;
    indexes[at] = rest % length;
    rest = Math.floor(rest / length);
  }
  return lists.map((list, at) => ({ name: variables[at]?.name ?? '', value: list.at(indexes[at] ?? 0) }));
}

function valuesOf({ values }: Variable, frame: Frame, run: Run, visitor: Visitor): Values | undefined {
  if (values.type === 'scalar') {
    const value = valueAt(values, frame, run, visitor);
    if (value === undefined) return undefined;
    const range = readRange(value, !frame.outline.templates.ofScalar.has(values));
    if (range.ok) return range.value;
    visitor.tell(range.problem, values.place, frame);
    return undefined;
  }
  const list: Value[] = [];
  for (const item of values.items) {
    const value = item.type === 'scalar' ? valueAt(item, frame, run, visitor) : undefined;
    if (value !== undefined) list.push(value);
  }
  return list.length === values.items.length ? listValues(list) : undefined;
}

/** `undefined` where there is none, which was told. */
function valueAt(node: ScalarNode, frame: Frame, run: Run, visitor: Visitor): Value | undefined {
  const value = workOut(node, frame, run);
  if (isValue(value)) return value;
  if (value !== undefined) visitor.tell(value.problem, placeInside(node, value.problem.offset), frame);
  return undefined;
}

function visitUse(use: Use, frame: Frame, run: Run, visitor: Visitor): void {
  const inner = partFrame(use, frame, run, visitor);
  if (inner === undefined) visitor.lost();
  else if (visitor.enter(use.place, 1, inner.outline.content, frame)) {
    if (!inner.outline.whole) visitor.lost();
    visitContent(inner.outline.content, inner, run, visitor);
  }
}

/** Where one is inside the part; `undefined` where it can't be gone into, which was told. */
function partFrame(use: Use, frame: Frame, run: Run, visitor: Visitor): Frame | undefined {
  const file = pathOf(use, frame, run, visitor);
  const values = givenValues(use, frame, run, visitor);
  if (file === undefined || values === undefined) return undefined;
  const via = originOf(
    'use',
    use.place,
    values.map(({ name, value }) => ({ name, value })),
    frame.via,
    run,
  );
  const part = run.parts.open(file, via);
  if (!part.ok) visitor.tell(part.problem, use.file.place, frame);
  const outline = part.ok ? part.value : null;
  if (outline === null) return undefined;
  const fitting = fittingValues(outline, values, (problem, place) => {
    visitor.tell(problem, place, frame);
  });
  const { scope, missing } = bindParameters(outline.parameters, fitting);
  for (const { name } of missing) {
    if (values.some((each) => each.name === name)) continue;
    const detail = `${quoted(file, 200)} has to be told its parameter ${quoted(name)}.`;
    visitor.tell({ code: 'missing-key', detail, hint: `write \`with: { ${name}: … }\`` }, use.place, frame);
  }
  if (missing.length > 0 || fitting.size < values.length) return undefined;
  return { outline, scope, via, files: [...frame.files, file] };
}

/** The path of the part, where it may be gone into from here. */
function pathOf(use: Use, frame: Frame, run: Run, visitor: Visitor): string | undefined {
  const written = valueAt(use.file, frame, run, visitor);
  if (written === undefined) return undefined;
  const path = partPath(frame.outline.file, String(written));
  const problem = path.ok ? whyNotInto(path.value, frame.files) : path.problem;
  if (problem !== undefined) visitor.tell(problem, use.file.place, frame);
  return path.ok && problem === undefined ? path.value : undefined;
}

function whyNotInto(file: string, files: readonly string[]): Omit<Problem, 'offset'> | undefined {
  if (files.includes(file)) return cycle(files, file);
  if (files.length <= MAX_USE_DEPTH) return undefined;
  const detail = `Parts use each other more than ${String(MAX_USE_DEPTH)} deep.`;
  return { code: 'too-many', detail, hint: 'use the inner parts from the topology itself' };
}

interface GivenValue {
  readonly name: string;
  readonly value: Value;
  readonly given: Given;
}

/** `undefined` where one of them has no value. */
function givenValues(use: Use, frame: Frame, run: Run, visitor: Visitor): readonly GivenValue[] | undefined {
  const values: GivenValue[] = [];
  for (const given of use.given) {
    const value = valueAt(given.value, frame, run, visitor);
    if (value !== undefined) values.push({ name: given.name, value, given });
  }
  return values.length === use.given.length ? values : undefined;
}

/** The values that the part has a parameter of that name and sort for. */
function fittingValues(
  { parameters, file, whole }: Outline,
  values: readonly GivenValue[],
  tell: (problem: Omit<Problem, 'offset'>, place: Place) => void,
): ReadonlyMap<string, Value> {
  const fitting = new Map<string, Value>();
  for (const { name, value, given } of values) {
    const parameter = parameters.find((each) => each.name === name);
    if (parameter === undefined) {
      // Its parameters may be among what could not be read.
      if (!whole) continue;
      const detail = `${quoted(file, 200)} has no parameter ${quoted(name)}.`;
      tell({ code: 'unknown-parameter', detail, hint: unknownParameterHint(name, parameters) }, given.place);
      continue;
    }
    const fit = fitted(parameter, value);
    if (fit !== undefined) fitting.set(name, fit);
    else {
      const detail = `Parameter ${quoted(name)} of ${quoted(file, 200)} takes ${sortOfDefault(parameter)}; this is ${quoted(String(value))}.`;
      tell({ code: 'wrong-type', detail }, given.value.place);
    }
  }
  return fitting;
}

function cycle(files: readonly string[], file: string): Omit<Problem, 'offset'> {
  const circle = [...files.slice(files.indexOf(file)), file].map((each) => quoted(each, 200));
  const detail =
    circle.length === 2 ? `${circle[0] ?? ''} uses itself, without end.` : `${circle.join(' uses ')}, without end.`;
  return { code: 'use-cycle', detail, hint: 'put what both need into a part of its own' };
}
