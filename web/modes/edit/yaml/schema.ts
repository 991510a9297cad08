/** The JSON Schema of topologies, asked by the path of a key. */
import type { Json } from '../../../../server/core/json.ts';
import type { Path } from './scan.ts';

export interface Schema {
  readonly [keyword: string]: Json;
}
type Value = Json;

/** The forms that a value at a path may have; empty where the language has no such key. */
export function formsAt(root: Schema, path: Path): readonly Schema[] {
  return path.reduce<readonly Schema[]>(
    (forms, step) => forms.flatMap((form) => formsOf(root, inner(form, step))),
    formsOf(root, root),
  );
}

/** The schema of a key itself, whose description is about the key rather than its forms. */
export function schemaAt(root: Schema, path: Path): Schema | null {
  const last = path.at(-1);
  if (last === undefined) return root;
  for (const form of formsAt(root, path.slice(0, -1))) {
    const found = inner(form, last);
    if (found !== undefined) return resolved(root, schemaOf(found));
  }
  return null;
}

function inner(form: Schema, step: string | number): Value | undefined {
  if (typeof step === 'number') return form['items'];
  const properties = schemaOf(form['properties']);
  return Object.hasOwn(properties, step) ? properties[step] : form['additionalProperties'];
}

/** Without those that stand everywhere: nothing at all, and an expression. */
function formsOf(root: Schema, value: Value | undefined): readonly Schema[] {
  const schema = schemaOf(value);
  if (schema['$ref'] === '#/$defs/expression' || schema['type'] === 'null') return [];
  const { anyOf, ...full } = resolved(root, schema);
  return isList(anyOf) ? anyOf.flatMap((each) => formsOf(root, each)) : Object.keys(full).length === 0 ? [] : [full];
}

function resolved(root: Schema, { $ref: ref, ...own }: Schema): Schema {
  if (typeof ref !== 'string') return own;
  return { ...schemaOf(schemaOf(root['$defs'])[ref.replace('#/$defs/', '')]), ...own };
}

export function schemaOf(value: Value | undefined): Schema {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {};
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

export function wordOf(schema: Schema | null, key: string): string | null {
  const found = schema?.[key];
  return typeof found === 'string' ? found : null;
}

/** What a form takes, in a word or two: `prefix`, `true or false`, `map`. */
export function takesText(root: Schema, forms: readonly Schema[]): string {
  const words = forms.map((form) => {
    const { type, title } = form;
    if (isList(form['enum'])) return form['enum'].length > 3 ? 'word' : form['enum'].map(String).join(' or ');
    if (type === 'boolean') return 'true or false';
    if (type === 'integer' || type === 'number') return rangeText(form);
    if (type === 'array') {
      const items = takesText(root, formsOf(root, form['items']));
      return items === '' ? 'list' : `list of ${items}`;
    }
    if (type === 'object') return form['properties'] === undefined ? 'map by name' : 'map';
    return typeof title === 'string' ? title : 'text';
  });
  return [...new Set(words)].join(', or ');
}

function rangeText({ minimum, maximum }: Schema): string {
  if (typeof minimum !== 'number' || typeof maximum !== 'number' || maximum >= Number.MAX_SAFE_INTEGER) return 'number';
  return `number from ${String(minimum)} to ${String(maximum)}`;
}

/** A value as it is written on one line. */
export function flowText(value: Value): string {
  if (isList(value)) return `[${value.map(flowText).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([key, each]) => `${scalarText(key)}: ${flowText(each)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  return typeof value === 'string' ? scalarText(value) : String(value);
}

/** With quotes where it would be read as something else without. */
export function scalarText(text: string): string {
  const plain = /^[A-Za-z0-9_./][A-Za-z0-9_./@:-]*( [<>a-z0-9-][A-Za-z0-9_./@:<>-]*)*$/.test(text);
  const other = /^(true|false|yes|no|on|off|null|~)$/i.test(text) || /: |:$/.test(text);
  return plain && !other ? text : JSON.stringify(text);
}
