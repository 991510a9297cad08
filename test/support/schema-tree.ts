/** Random trees from the schema of topology files: every key of the language, with values that mostly fit and some that do not. */
import fc from 'fast-check';
import type { Json } from '../../server/core/json.ts';
import { topologySchema } from '../../server/topology/json-schema/generate.ts';

type Schema = Readonly<Record<string, unknown>>;

const SCHEMA: Schema = topologySchema({ whole: true });

/** Few names, so that what is named is often there; the host is one that nearly every tree has. */
const NAMES = ['shop', 'web1', 'wan', 'gwx', 'vgw1', 'br0', 'eno1', 'bond0'];
const WRONG: readonly Json[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e21,
  '',
  ' ',
  'x y',
  '${',
  '${n}',
  '__proto__',
  [],
  {},
  '\u202e',
  '*',
  '9/tcp',
];

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);
const schemasOf = (value: unknown): readonly Schema[] => listOf(value).filter(isObject);

function resolved(schema: Schema): Schema {
  const { $ref } = schema;
  if (typeof $ref !== 'string') return schema;
  const found = isObject(SCHEMA['$defs']) ? SCHEMA['$defs'][$ref.slice('#/$defs/'.length)] : undefined;
  if (!isObject(found)) throw new Error(`no definition ${$ref}`);
  return resolved(found);
}

/** Every example that stands anywhere at texts of one sort: what is one network's prefix is a prefix everywhere. */
const examples = new Map<string, Json[]>();
collect(SCHEMA);
function collect(node: unknown): void {
  if (Array.isArray(node)) node.forEach(collect);
  if (!isObject(node)) return;
  const { title } = node;
  if (typeof title === 'string')
    examples.set(title, [...(examples.get(title) ?? []), ...(listOf(node['examples']) as Json[])]);
  Object.values(node).forEach(collect);
}

const depthLimit = 7;

function valueOf(given: Schema, depth: number): fc.Arbitrary<Json> {
  const right = rightValue(resolved(given), depth);
  return fc.oneof({ weight: 60, arbitrary: right }, { weight: 1, arbitrary: fc.constantFrom(...WRONG) });
}

function rightValue(schema: Schema, depth: number): fc.Arbitrary<Json> {
  const choices = schemasOf(schema['anyOf'])
    .map(resolved)
    .filter(({ title }) => title !== 'expression');
  if (choices.length > 0) return fc.oneof(...choices.map((each) => rightValue(each, depth)));
  const options = listOf(schema['enum']) as Json[];
  if (options.length > 0) return fc.constantFrom(...options);
  switch (schema['type']) {
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return depth > depthLimit || !isObject(schema['items'])
        ? fc.constant([])
        : fc.array(valueOf(schema['items'], depth + 1), { minLength: Number(schema['minItems'] ?? 0), maxLength: 2 });
    case 'object':
      return objectOf(schema, depth);
    default:
      return fc.constant(null);
  }
}

function textOf({ title, examples: own }: Schema): fc.Arbitrary<Json> {
  const known = [...(listOf(own) as Json[]), ...(examples.get(String(title)) ?? [])];
  const isName = typeof title === 'string' && /name|endpoint|reference/i.test(title);
  if (isName) return fc.constantFrom<Json>(...NAMES);
  return known.length === 0 ? fc.constantFrom<Json>(...NAMES) : fc.constantFrom(...known);
}

function numberOf(schema: Schema): fc.Arbitrary<Json> {
  const least = Math.max(Number(schema['minimum'] ?? 0), -5);
  return fc.integer({ min: least, max: Math.min(Number(schema['maximum'] ?? 9000), least + 4000) });
}

/** `for` and `use` are written as lists. */
function listAmong(schema: Schema): Schema | undefined {
  if (schema['type'] === 'array') return schema;
  for (const each of schemasOf(schema['anyOf'])) {
    const found = listAmong(resolved(each));
    if (found !== undefined) return found;
  }
  return undefined;
}

function objectOf(schema: Schema, depth: number): fc.Arbitrary<Json> {
  if (depth > depthLimit) return fc.constant({});
  const properties = isObject(schema['properties']) ? schema['properties'] : undefined;
  if (properties === undefined) {
    const inner = schema['additionalProperties'];
    if (!isObject(inner)) return fc.constant({});
    return fc.dictionary(fc.constantFrom(...NAMES), valueOf(inner, depth + 1), { maxKeys: 2 });
  }
  const keys = Object.keys(properties).filter((key) => isObject(properties[key]));
  const always = [...listOf(schema['required']).map(String), ...(depth === 0 ? ['topology'] : [])];
  const parts = Object.fromEntries(
    keys.map((key) => {
      const inner = resolved(properties[key] as Schema);
      return [key, valueOf(key === 'for' || key === 'use' ? (listAmong(inner) ?? inner) : inner, depth + 1)];
    }),
  );
  // An item of `for`: whatever is no section is a variable.
  const variables = keys.includes('for') && depth > 0 ? { n: '1..2' } : {};
  const verdict = keys.includes('allow') && keys.includes('deny');
  // A file of all keys at once is wrong in so many ways that nothing else is looked at: each is there now and then.
  return fc
    .tuple(fc.record(parts), fc.uniqueArray(fc.constantFrom(...keys), { maxLength: depth === 0 ? keys.length : 3 }))
    .map(([all, some]) => [all, verdict ? [...some, some.includes('deny') ? 'deny' : 'allow'] : some] as const)
    .map(([all, chosen]) =>
      Object.assign(
        Object.fromEntries(
          keys.filter((key) => always.includes(key) || chosen.includes(key)).map((key) => [key, all[key] ?? null]),
        ),
        variables,
      ),
    );
}

/** Whole files. */
export const schemaTrees: fc.Arbitrary<Json> = valueOf(SCHEMA, 0);

/** All keys that the schema knows anywhere, for counting which of them were met. */
export function keysOfSchema(node: unknown = SCHEMA): ReadonlySet<string> {
  const keys = new Set<string>();
  const visit = (each: unknown): void => {
    if (Array.isArray(each)) each.forEach(visit);
    if (!isObject(each)) return;
    if (isObject(each['properties'])) for (const key of Object.keys(each['properties'])) keys.add(key);
    Object.entries(each).forEach(([name, inner]) => {
      if (name !== 'examples') visit(inner);
    });
  };
  visit(node);
  return keys;
}
