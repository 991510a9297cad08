/**
 * The JSON Schema of topology files (draft 2020-12, and nothing in it that older readers stumble over), made from the schemas
 * that files are read with. Every value of one line may be an expression instead, every name may hold one.
 */
import * as z from 'zod';
import type { Json } from '../../core/json.ts';
import { TopologyPart } from '../schema/topology.ts';
import { CONTENT_KEYS, NAMED_SECTIONS } from '../sections.ts';
import { isList, schemaOf, type JsonSchema } from './json.ts';
import { FOR_DESCRIPTION, FOR_EXAMPLE, Parameters, Use, Values } from './template-keys.ts';

export const SCHEMA_ID = 'urn:trunkline:topology';

const REF = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });

/** `${…}` anywhere in a text; `$${` is no expression, and no text that a pattern would let pass either. */
const EXPRESSION = '\\$\\{';
const EXPRESSION_SCHEMA: JsonSchema = {
  type: 'string',
  title: 'expression',
  pattern: EXPRESSION,
  description: 'worked out when the file is read: `${200 + n}`, `app-${n}`',
};

/**
 * @param whole demand of every entry the keys that it can't do without. An editor that sees one file can't know that: what is
 *   said of one host may be spread over a file, its `for` and its parts.
 */
export function topologySchema({ whole = false }: { readonly whole?: boolean } = {}): JsonSchema {
  const sections = Object.entries(TopologyPart.shape).map(([key, part]) => {
    return [key, whole || !NAMED_SECTIONS.includes(key) ? converted(part) : inPieces(converted(part))] as const;
  });
  const definitions: Record<string, JsonSchema> = { expression: EXPRESSION_SCHEMA };
  const properties: Record<string, JsonSchema> = {};
  for (const [key, schema] of sections) {
    if (CONTENT_KEYS.includes(key)) {
      definitions[key] = schema;
      properties[key] = REF(key);
    } else properties[key] = schema;
  }
  definitions['use'] = converted(Use);
  definitions['for'] = forSchema();
  properties['parameters'] = converted(Parameters);
  properties['use'] = REF('use');
  properties['for'] = REF('for');
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: SCHEMA_ID,
    title: 'Trunkline topology',
    description: 'Hosts, networks, guests, gateways and the policy between them, in one file.',
    type: 'object',
    properties,
    additionalProperties: false,
    $defs: definitions,
  };
}

/** The section with entries that say as little as they like. */
function inPieces(section: JsonSchema): JsonSchema {
  const parts = [section, ...listOf(section['anyOf'])];
  const map = parts.find((part) => part['additionalProperties'] !== undefined);
  const entry = schemaOf(map?.['additionalProperties']);
  const { required: _, ...piece } = entry;
  const loose = { ...map, additionalProperties: piece['anyOf'] === undefined ? orNull(piece) : piece };
  return map === section ? loose : { ...section, anyOf: parts.slice(1).map((part) => (part === map ? loose : part)) };
}

function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] };
}

function listOf(value: Json | undefined): readonly JsonSchema[] {
  return isList(value) ? value.map(schemaOf) : [];
}

/** Sections as at the top of a file; every other key is a variable. */
function forSchema(): JsonSchema {
  const item: JsonSchema = {
    type: 'object',
    properties: Object.fromEntries(CONTENT_KEYS.map((key) => [key, REF(key)])),
    additionalProperties: converted(Values),
  };
  return {
    description: FOR_DESCRIPTION,
    examples: [FOR_EXAMPLE],
    anyOf: [{ type: 'array', items: item }, { type: 'null' }],
  };
}

function converted(schema: z.ZodType): JsonSchema {
  const made = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-2020-12',
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      keepMeta(zodSchema, jsonSchema);
      if (def.type === 'string') allowExpression(jsonSchema);
      if (def.type === 'record' && takesEmptyMap(def.valueType)) allowNull(jsonSchema);
      if ((def.type === 'number' && jsonSchema.type === 'integer') || def.type === 'boolean') orExpression(jsonSchema);
    },
  });
  const { $schema: _, ...rest } = JSON.parse(JSON.stringify(made)) as Record<string, Json>;
  return rest;
}

type Made = z.core.JSONSchema.BaseSchema;

/** zod leaves these out where a value is transformed when it is read; here they are about what is written. */
function keepMeta(schema: z.core.$ZodType, made: Made): void {
  const { examples, default: usual } = z.globalRegistry.get(schema) ?? {};
  if (Array.isArray(examples)) made.examples = [...(examples as unknown[])];
  if (usual !== undefined) made.default = usual;
}

/** A pattern takes expressions in by itself; a list of words needs a second form beside it. */
function allowExpression(schema: Made): void {
  if (schema.enum !== undefined) orExpression(schema);
  else if (schema.pattern !== undefined) schema.pattern = `${schema.pattern}|${EXPRESSION}`;
}

function orExpression(schema: Made): void {
  const { description, examples, default: usual, ...form } = schema;
  for (const key of Object.keys(schema)) Reflect.deleteProperty(schema, key);
  if (description !== undefined) schema.description = description;
  if (usual !== undefined) schema.default = usual;
  if (examples !== undefined) schema.examples = examples;
  schema.anyOf = [form, { $ref: '#/$defs/expression' }];
}

/** `networks: { lan: }` is a network with nothing written in it. */
function takesEmptyMap(schema: z.core.$ZodType): boolean {
  return z.safeParse(schema, {}).success;
}

function allowNull(schema: Made): void {
  const { additionalProperties } = schema;
  if (typeof additionalProperties !== 'object') return;
  schema.additionalProperties = { anyOf: [additionalProperties, { type: 'null' }] };
}
