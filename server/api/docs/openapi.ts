/** The contract as an OpenAPI 3.1 document: who may, what is taken and what is answered follow from the same schemas. */
import { z } from 'zod';
import { API } from '../contract/api.ts';
import type { Operation } from '../contract/operation.ts';
import { FailureAnswer } from '../schema/common.ts';

/** JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface OpenApi {
  readonly openapi: '3.1.1';
  readonly jsonSchemaDialect: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: Readonly<Record<string, unknown>>;
}

export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  /** Who may. */
  readonly 'x-role': string;
  readonly security?: readonly [];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  readonly responses: Readonly<Record<string, unknown>> & {
    readonly 200: { readonly description: string; readonly content: Content };
  };
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: JsonSchema;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** @param version of the product */
export function openApi(version: string, operations: Readonly<Record<string, Operation>> = API): OpenApi {
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const [key, operation] of Object.entries(operations)) {
    const [method = '', url = ''] = key.split(' ');
    const path = url.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationObject(method, url, operation) };
  }
  const areas = new Set(Object.keys(operations).map((key) => areaOf(key.slice(key.indexOf(' ') + 1))));
  return {
    openapi: '3.1.1',
    jsonSchemaDialect: DIALECT,
    info: {
      title: 'Trunkline',
      version,
      description:
        'Topologies, what would change on their hosts, runs, and who may. Every answer is one JSON document with `formatVersion` and ' +
        '`diagnostics`; where something failed it has `failure`, which says what is in place, what was undone and what is left to do.',
    },
    servers: [{ url: '/' }],
    security: [{ session: [] }, { token: [] }],
    tags: [...areas].sort().map((name) => ({ name })),
    paths,
    components: {
      schemas: { Failure: schemaOf(FailureAnswer, 'output') },
      responses: {
        Failure: {
          description: 'It was refused, or failed: the status says in what way, the document why, and what to do',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } },
        },
      },
      securitySchemes: {
        session: {
          ...{ type: 'apiKey', in: 'cookie', name: 'trunkline' },
          description: 'Given to a browser that signs in or opens a link; its name ends with the port of the server',
        },
        token: { type: 'http', scheme: 'bearer', description: 'An API token, for programs' },
      },
    },
  };
}

function operationObject(method: string, url: string, operation: Operation): OperationObject {
  const { role, summary, params, query, body, answer, bodyLimit, stream } = operation;
  const type = stream === true ? 'text/event-stream' : 'application/json';
  const limit = bodyLimit === undefined ? '' : ` A body may have ${String(bodyLimit)} bytes.`;
  const events = stream === true ? ' Each event has such a document as its data.' : '';
  return {
    operationId: operationId(method, url),
    tags: [areaOf(url)],
    summary,
    description: `${whoMay(role)}${limit}${events}`,
    'x-role': role,
    ...(role === 'anyone' ? { security: [] as const } : {}),
    parameters: [...parameters('path', params), ...parameters('query', query)],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } } }),
    responses: {
      200: { description: summary, content: { [type]: { schema: schemaOf(answer, 'output') } } },
      default: { $ref: '#/components/responses/Failure' },
    },
  };
}

export function whoMay(role: string): string {
  return role === 'anyone' ? 'Open to anyone.' : `Needs the role ${role}.`;
}

/** `GET /api/topologies/:name/graph` → `getTopologiesNameGraph`. */
function operationId(method: string, url: string): string {
  const words = url.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'api');
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** The first word of the path: `topologies`, `runs`; what is not below `/api` is about the server. */
function areaOf(url: string): string {
  return /^\/api\/([^/:]+)/.exec(url)?.[1] ?? 'server';
}

function parameters(place: 'path' | 'query', schema: z.ZodObject | undefined): readonly Parameter[] {
  if (schema === undefined) return [];
  const { properties, required } = schemaOf(schema, 'input') as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties ?? {}).map(([name, each]) => ({
    name,
    in: place,
    required: place === 'path' || (required ?? []).includes(name),
    schema: each,
  }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
  return json;
}
