/**
 * What a template made is told of at the line of the template; how it came about follows as related places. A mistake in a
 * template is one mistake, however often it was carried out: what differs by the round only is folded into the first one.
 *
 *   shop.yaml:9:30: error[unknown-name]: Unknown name
 *     …
 *     shop.yaml:8:5: with n = 1; the same with n = 2, 3, 4 and 10 more
 */
import type { Diagnostic, RelatedPlace } from './diagnostic.ts';
import { comparePlaces, type Origin, type OriginValue, type Place } from './place.ts';
import { visibleText } from './visible-text.ts';

/** Rounds that are named before the rest is counted. */
const NAMED = 3;
const MAX_SHOWN_TEXT = 40;

/** Sorted by place, folded, and without anything but the members that documents promise. */
export function foldRepeats(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const kept: { readonly told: Diagnostic; readonly repeats: Set<Origin> }[] = [];
  const byTemplate = new Map<string, (typeof kept)[number]>();
  for (const each of inOrder(diagnostics)) {
    const template = `${each.file}\n${String(each.line)}:${String(each.column)}:${each.code}`;
    const first = byTemplate.get(template);
    if (each.via === undefined || first === undefined || first.told.via === each.via) {
      const entry = { told: each, repeats: new Set(each.repeats) };
      kept.push(entry);
      if (each.via !== undefined && first === undefined) byTemplate.set(template, entry);
    } else {
      for (const origin of [each.via, ...(each.repeats ?? [])]) first.repeats.add(origin);
    }
  }
  return kept.map(({ told, repeats }) => explained(told, repeats));
}

function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort(
    (a, b) => comparePlaces(a, b) || compareText(a.code, b.code) || compareText(a.detail, b.detail),
  );
}

function explained({ via, repeats: _, ...told }: Diagnostic, repeats: Set<Origin>): Diagnostic {
  const related = told.related.map((place) => withOrigin(place, via));
  if (via === undefined) return { ...told, related };
  const others = [...repeats].filter((each) => each !== via).sort((a, b) => a.order - b.order);
  const [innermost, ...outer] = chainOf(via);
  const steps =
    innermost === undefined ? [] : [{ ...bare(innermost.place), message: stepText(innermost, via, others) }];
  return {
    ...told,
    related: [...related, ...steps, ...outer.map((each) => ({ ...bare(each.place), message: originText(each) }))],
  };
}

/** A place of another round says which. */
function withOrigin(place: RelatedPlace, via: Origin | undefined): RelatedPlace {
  const message =
    place.via === undefined || place.via === via ? place.message : `${place.message} (${chainText(place.via, via)})`;
  return { ...bare(place), message };
}

function bare({ file, line, column }: Place): Place {
  return { file, line, column };
}

function chainOf(via: Origin): readonly Origin[] {
  const chain: Origin[] = [];
  for (let each: Origin | undefined = via; each !== undefined; each = each.outer) chain.push(each);
  return chain;
}

function originText(origin: Origin): string {
  const values = valuesText(origin.values);
  if (origin.type === 'for') return `with ${values}`;
  return values === '' ? 'used here' : `used here with ${values}`;
}

function stepText(innermost: Origin, via: Origin, others: readonly Origin[]): string {
  const text = originText(innermost);
  if (others.length === 0) return text;
  const named = others.slice(0, NAMED);
  const [variable, second] = via.values;
  const single = variable !== undefined && second === undefined && others.every((each) => isBeside(each, via));
  const list = single
    ? `with ${variable.name} = ${named.map((each) => valueText(each.values[0]?.value ?? '')).join(', ')}`
    : named.map((each) => chainText(each, via)).join('; ');
  const more = others.length > NAMED ? ` and ${String(others.length - NAMED)} more` : '';
  return `${text}; the same ${list}${more}`;
}

/** Whether they are rounds of the same `for`. */
function isBeside(each: Origin, via: Origin): boolean {
  return each.type === 'for' && each.place === via.place && each.outer === via.outer;
}

/** In one line, what `via` has not in common with it: "with a = 1, n = 3, where shop.yaml:8:5 uses it". */
function chainText(each: Origin, via: Origin | undefined): string {
  const common = new Set(via === undefined ? [] : chainOf(via));
  const parts: string[] = [];
  let values: OriginValue[] = [];
  const flush = (): void => {
    if (values.length > 0) parts.push(`with ${valuesText(values)}`);
    values = [];
  };
  for (const origin of chainOf(each)) {
    if (common.has(origin)) break;
    if (origin.type === 'for') values.unshift(...origin.values);
    else {
      flush();
      parts.push(`where ${placeText(origin.place)} uses it`);
    }
  }
  flush();
  return parts.join(', ');
}

function placeText({ file, line, column }: Place): string {
  return `${visibleText(file)}:${String(line)}:${String(column)}`;
}

function valuesText(values: readonly OriginValue[]): string {
  return values.map(({ name, value }) => `${visibleText(name)} = ${valueText(value)}`).join(', ');
}

function valueText(value: string | number | boolean): string {
  const text = String(value);
  return visibleText(text.length > MAX_SHOWN_TEXT ? `${text.slice(0, MAX_SHOWN_TEXT)}…` : text);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
