/**
 * What a file may be told from outside:
 *
 *   parameters: { platforms: 14, name: crm, redundant: true, uplink: }
 *
 * Defaults are text, whole numbers, `true` or `false`; one without a default must be given. Values come from `--set` on the
 * command line, for a part from the `with:` of its `use`.
 */
import type { Place } from '../../core/place.ts';
import { nearest, nearestHint } from '../../core/nearest.ts';
import { quoted } from '../../core/visible-text.ts';
import { described, type Scope, type Value } from '../expression/value.ts';
import { isTemplate, literalOf, parseTemplate } from '../expression/template.ts';
import { accept, refuse, type Reading } from '../problem.ts';
import type { Problems } from '../problems.ts';
import { placeInside, type MapEntry, type ScalarNode } from '../tree.ts';

export interface Parameter {
  readonly name: string;
  readonly place: Place;
  /** `null` where it must be given. */
  readonly value: Value | null;
}

const NAME = /^[a-z][a-z0-9_]*$/;
const MAX_VARIABLE_NAME = 63;

/** The form of a variable's or parameter's name. */
export function variableName(text: string): Reading<string> {
  if (text === 'true' || text === 'false')
    return refuse('invalid-name', `${quoted(text)} is a value, and can't be a name.`);
  if (NAME.test(text) && text.length <= MAX_VARIABLE_NAME) return accept(text);
  const tamed = text.toLowerCase().replace(/[\s.-]+/g, '_');
  const hint = NAME.test(tamed) && tamed.length <= MAX_VARIABLE_NAME ? `write \`${tamed}\`` : undefined;
  const detail = `${quoted(text)} is no name for a value: it begins with a small letter and goes on with small letters, digits and \`_\`, ${String(MAX_VARIABLE_NAME)} at most.`;
  return refuse('invalid-name', detail, 0, hint);
}

export interface Parameters {
  readonly sound: readonly Parameter[];
  /** All that are declared, those with a problem included. */
  readonly declared: ReadonlyMap<string, Place>;
  readonly whole: boolean;
}

const NONE: Parameters = { sound: [], declared: new Map(), whole: true };

export function readParameters(entry: MapEntry | undefined, problems: Problems): Parameters {
  const node = entry?.value;
  if (node === undefined || (node.type === 'scalar' && node.value === null)) return NONE;
  if (node.type !== 'map') {
    problems.add('wrong-type', node.place, '`parameters` takes a map of names and their defaults.', {
      hint: 'write `parameters: { platforms: 14 }`',
    });
    return { ...NONE, whole: false };
  }
  const sound: Parameter[] = [];
  const declared = new Map<string, Place>();
  for (const each of node.entries.values()) {
    const name = variableName(each.key);
    if (!name.ok) problems.add(name.problem.code, each.keyPlace, name.problem.detail, { hint: name.problem.hint });
    else declared.set(name.value, each.keyPlace);
    const value = defaultOf(each, problems);
    if (name.ok && value !== undefined) sound.push({ name: name.value, place: each.keyPlace, value });
  }
  return { sound, declared, whole: sound.length === node.entries.size };
}

function defaultOf({ key, value: node }: MapEntry, problems: Problems): Value | null | undefined {
  if (node.type !== 'scalar') {
    problems.add('wrong-type', node.place, `The default of ${quoted(key)} is a ${node.type}; it takes one value.`);
    return undefined;
  }
  const literal = literalText(node);
  if (literal === undefined) {
    problems.add(
      'wrong-value',
      placeInside(node, node.text.indexOf('${')),
      `The default of ${quoted(key)} is a plain value, not an expression.`,
      {
        hint: 'write the expression where the value is used',
      },
    );
    return undefined;
  }
  if (node.value === null) return null;
  const value = valueOfScalar(node, literal);
  if (value === undefined) {
    problems.add(
      'wrong-type',
      node.place,
      `The default of ${quoted(key)} is ${quoted(node.text)}; numbers are whole here, up to ${String(Number.MAX_SAFE_INTEGER)}.`,
      {
        hint: 'put it in quotes if it is meant as text',
      },
    );
  }
  return value;
}

/** A text without `${…}`, `$${` taken back; `undefined` where it has one. */
function literalText(node: ScalarNode): string | undefined {
  if (!isTemplate(node.text)) return node.text;
  const template = parseTemplate(node.text);
  return template.ok ? literalOf(template.value) : undefined;
}

/** A number counts as one in its everyday form only, as everywhere in the file; `undefined` where it is not whole. */
export function valueOfScalar(node: ScalarNode, text = node.text): Value | undefined {
  const { value } = node;
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'number' || String(value) !== node.text) return text;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A value given for a parameter, in the sort that its default has; `undefined` where it is of another. */
export function fitted(parameter: Parameter, value: Value): Value | undefined {
  if (parameter.value === null || typeof parameter.value === typeof value) return value;
  return typeof parameter.value === 'string' && typeof value === 'number' ? String(value) : undefined;
}

export function sortOfDefault({ value }: Parameter): string {
  if (typeof value === 'number') return 'a whole number';
  return typeof value === 'boolean' ? '`true` or `false`' : 'text';
}

export function unknownParameterHint(name: string, parameters: readonly Parameter[]): string {
  const names = parameters.map((each) => each.name);
  if (names.length === 0) return 'the file declares no `parameters`';
  return nearestHint(name, names) ?? `known are: ${names.map((each) => `\`${each}\``).join(', ')}`;
}

/** A `--set` that the file can't take. */
export interface SettingProblem {
  readonly summary: string;
  readonly detail: string;
}

/** The values that `--set NAME=VALUE` gives, by name; or the first that can't be given. */
export function settingsOf(
  parameters: readonly Parameter[],
  set: ReadonlyMap<string, string>,
): ReadonlyMap<string, Value> | SettingProblem {
  const values = new Map<string, Value>();
  for (const [name, text] of set) {
    const parameter = parameters.find((each) => each.name === name);
    if (parameter === undefined) {
      const near = nearest(
        name,
        parameters.map((each) => each.name),
      );
      const list = parameters.map((each) => each.name).join(', ');
      const known = parameters.length === 0 ? 'The file declares no parameters.' : `Its parameters are: ${list}.`;
      return {
        summary: `No parameter ${quoted(name)}`,
        detail: near === undefined ? known : `Did you mean ${near}? ${known}`,
      };
    }
    const value = convert(parameter, text);
    if (value === undefined) {
      const found = `${described(text)} is none`;
      return { summary: `Parameter ${name} takes ${sortOfDefault(parameter)}`, detail: `${capital(found)}.` };
    }
    values.set(name, value);
  }
  return values;
}

function convert({ value }: Parameter, text: string): Value | undefined {
  const number = /^-?(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
  const truth = text === 'true' ? true : text === 'false' ? false : undefined;
  switch (typeof value) {
    case 'number':
      return number;
    case 'boolean':
      return truth;
    case 'string':
      return text;
    default:
      return number ?? truth ?? text;
  }
}

/** The parameters as names for expressions: given values, else defaults. Those without either are answered by name. */
export function bindParameters(
  parameters: readonly Parameter[],
  given: ReadonlyMap<string, Value>,
): { readonly scope: Scope | null; readonly missing: readonly Parameter[] } {
  let scope: Scope | null = null;
  const missing: Parameter[] = [];
  for (const parameter of parameters) {
    const value = given.get(parameter.name) ?? parameter.value;
    if (value === null) missing.push(parameter);
    else scope = { name: parameter.name, value, outer: scope };
  }
  return { scope, missing };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
