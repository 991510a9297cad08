/** What stands in a JSON Schema, for people: its keys, what each takes in words, and the maps further in. */
import type { Json } from '../../core/json.ts';
import { isList, schemaOf, type JsonSchema } from './json.ts';

export interface Field {
  readonly key: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
  readonly meaning: string;
  readonly usual: Json | undefined;
  readonly examples: readonly Json[];
}

export interface Part {
  /** `hosts.NAME.bridges.BRIDGE` */
  readonly path: string;
  readonly part: JsonSchema;
}

/** What the names in a map are called, by the key of the map. */
const NAMES: Readonly<Record<string, string>> = {
  bridges: 'BRIDGE',
  bonds: 'BOND',
  ports: 'PORT',
  nics: 'NETWORK',
  address: 'HOST',
  parameters: 'PARAMETER',
  with: 'PARAMETER',
};

/** Follows a `$ref`; what stands beside it (a description of its own) stays. */
export function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref: ref, ...own } = schema;
  if (typeof ref !== 'string') return schema;
  const found = schemaOf(schemaOf(root['$defs'])[ref.replace('#/$defs/', '')]);
  return { ...found, ...own };
}

export function fieldsOf(part: JsonSchema, root: JsonSchema): readonly Field[] {
  const required = part['required'];
  return Object.entries(schemaOf(part['properties'])).map(([key, each]) => {
    const schema = resolved(schemaOf(each), root);
    const examples = schema['examples'];
    return {
      key,
      schema,
      required: Array.isArray(required) && required.includes(key),
      meaning: typeof schema['description'] === 'string' ? schema['description'] : '',
      usual: schema['default'],
      examples: isList(examples) ? examples : [],
    };
  });
}

/** The forms that a value may have, without those that stand everywhere: nothing at all, and an expression. */
export function formsOf(schema: JsonSchema, root: JsonSchema): readonly JsonSchema[] {
  if (schema['$ref'] === '#/$defs/expression' || schema['type'] === 'null') return [];
  const full = resolved(schema, root);
  const { anyOf } = full;
  return isList(anyOf) ? anyOf.flatMap((each) => formsOf(schemaOf(each), root)) : [full];
}

/** In words: `prefix, or a list`; `map by NETWORK`. */
export function takesText(schema: JsonSchema, root: JsonSchema, key = ''): string {
  const forms = formsOf(schema, root);
  const words = (list: readonly JsonSchema[]): string =>
    [...new Set(list.map((form) => formText(form, root, key)))].join(' or ');
  const single = words(forms.filter(({ type }) => type !== 'array'));
  const sameInList = ({ type, items }: JsonSchema): boolean =>
    type === 'array' && takesText(schemaOf(items), root, key) === single;
  return forms.some(sameInList) ? `${single}, or a list` : words(forms);
}

function formText(form: JsonSchema, root: JsonSchema, key: string): string {
  const { type, title, items, additionalProperties } = form;
  if (Array.isArray(form['enum'])) return form['enum'].map((word) => `\`${String(word)}\``).join(', ');
  if (type === 'integer') {
    const [least, most] = [Number(form['minimum']), Number(form['maximum'])];
    return most < Number.MAX_SAFE_INTEGER ? `number from ${String(least)} to ${String(most)}` : 'whole number';
  }
  if (type === 'number') return 'number';
  if (type === 'boolean') return '`true` or `false`';
  if (type === 'array') return `list of ${takesText(schemaOf(items), root, key)}`;
  if (type === 'object') {
    const isRecord = form['properties'] === undefined && typeof additionalProperties === 'object';
    if (!isRecord) return 'map';
    const inside = takesText(schemaOf(additionalProperties), root);
    return `map by ${nameIn(key)}${inside === 'map' ? '' : `: ${inside}`}`;
  }
  return typeof title === 'string' ? title : 'text';
}

export function nameIn(key: string): string {
  return NAMES[key] ?? 'NAME';
}

/** Every map with keys of the language inside a value, however deep, each once. */
export function partsBelow(schema: JsonSchema, root: JsonSchema, path: string): readonly Part[] {
  const found = new Map<string, Part>();
  const visitForm = (form: JsonSchema, at: string): void => {
    const { type, items, properties, additionalProperties } = form;
    if (type === 'array') visitInner(schemaOf(items), at);
    else if (type === 'object' && properties === undefined)
      visitInner(schemaOf(additionalProperties), `${at}.${nameIn(at.split('.').at(-1) ?? '')}`);
    else if (type === 'object') {
      if (found.has(at)) return;
      found.set(at, { path: at, part: form });
      for (const [key, each] of Object.entries(schemaOf(properties))) visitInner(schemaOf(each), `${at}.${key}`);
    }
  };
  const visitInner = (value: JsonSchema, at: string): void => {
    // `for` holds the sections again, which have their own place on the page.
    if (typeof value['$ref'] === 'string') return;
    for (const form of formsOf(value, root)) visitForm(form, at);
  };
  for (const form of formsOf(schema, root)) visitForm(form, path);
  return [...found.values()];
}
