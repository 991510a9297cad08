import { expect, test } from 'vitest';
import { z } from 'zod';
import { API } from '../../server/api/contract/api.ts';
import type { JsonSchema, OpenApi, OperationObject } from '../../server/api/docs/openapi.ts';
import { openApi } from '../../server/api/docs/openapi.ts';
import { docsPage } from '../../server/api/docs/page.ts';
import { checkAnswer, newAjv } from './openapi-check.ts';
import { openSite } from './site.ts';

const api = openApi('1.2.3');

const operations = (document: OpenApi): readonly { path: string; method: string; operation: OperationObject }[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

test('the document is OpenAPI 3.1: what the specification requires is there, and nothing that it does not know', () => {
  const ajv = newAjv();
  expect(ajv.validate(OPENAPI_31, api) || ajv.errorsText(ajv.errors)).toBe(true);
  const ids = operations(api).map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, operation } of operations(api)) {
    // Every name in a path is a parameter, and the other way round.
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(operation.parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(named);
    expect(api.tags.map(({ name }) => name)).toEqual(expect.arrayContaining([...operation.tags]));
  }
});

test('every schema in it is one of JSON Schema 2020-12 that a validator can use', () => {
  const schemas = operations(api).flatMap(({ operation }): JsonSchema[] => [
    ...operation.parameters.map(({ schema }) => schema),
    ...Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema),
    ...Object.values(operation.responses[200].content).map(({ schema }) => schema),
  ]);
  expect(schemas.length).toBeGreaterThan(10);
  for (const schema of schemas) expect(newAjv().compile(schema)).toBeTypeOf('function');
});

test('each operation of the contract is in it, with who may', () => {
  const found = operations(api).map(
    ({ path, method, operation }) =>
      `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')} ${operation['x-role']}`,
  );
  expect(found.sort()).toEqual(
    Object.entries(API)
      .map(([key, { role }]) => `${key} ${role}`)
      .sort(),
  );
});

test('an answer that is not as described is found', () => {
  const answer = { method: 'GET', url: '/health', status: 200, contentType: 'application/json' };
  const right = { formatVersion: 1, diagnostics: [], status: 'ok' };
  checkAnswer({ ...answer, body: JSON.stringify(right) });
  for (const wrong of [{ ...right, status: 'so so' }, { ...right, more: 1 }, { status: 'ok' }])
    expect(() => {
      checkAnswer({ ...answer, body: JSON.stringify(wrong) });
    }).toThrow('does not describe');
  expect(() => {
    checkAnswer({ ...answer, status: 400, body: '{"error":"x"}' });
  }).toThrow('does not describe');
});

test('the page names every operation, with its parameters and answers, and runs nothing', async () => {
  await using site = await openSite();
  const cookie = await site.signIn();
  const get = (url: string) => site.ask({ url, headers: { cookie } });
  const page = await get('/api/docs');
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.body).not.toMatch(/<script|<style| style=| on\w+=/);
  for (const { path, operation } of operations(api)) {
    expect(page.body).toContain(path);
    expect(page.body).toContain(`id="${operation.operationId}"`);
  }
  expect((await get('/api/docs/style.css')).headers['content-type']).toContain('text/css');
  const document = (await get('/api/docs/openapi.json')).json<OpenApi>();
  expect(document.openapi).toBe('3.1.1');
  expect(document.paths).toEqual(JSON.parse(JSON.stringify(api.paths)));
});

test('what stands in summaries and names is text on the page', () => {
  const hostile = '<img src=x onerror=alert(1)>"\'&';
  const operation = { role: 'view', summary: hostile, answer: z.object({ [hostile]: z.literal(hostile) }) } as const;
  const page = docsPage(openApi(hostile, { [`GET /api/${hostile.replaceAll(' ', '')}`]: operation }));
  expect(page).not.toContain('<img');
  expect(page).toContain('&lt;img');
});

/** The parts of the specification's own schema (3.1, 2022-10-07) that concern documents like ours, closed against anything else. */
const named = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } as const;
const content = {
  ...{ type: 'object', minProperties: 1, propertyNames: { pattern: '^[a-z]+/[a-z-]+$' } },
  additionalProperties: {
    ...{ type: 'object', required: ['schema'], additionalProperties: false },
    properties: { schema: { type: 'object' } },
  },
} as const;
const reference = {
  ...{ type: 'object', required: ['$ref'], additionalProperties: false },
  properties: { $ref: { type: 'string', pattern: '^#/components/' } },
} as const;
const response = {
  ...{ type: 'object', required: ['description'], additionalProperties: false },
  properties: { description: { type: 'string', minLength: 1 }, content },
} as const;
const parameter = {
  ...{ type: 'object', required: ['name', 'in', 'required', 'schema'], additionalProperties: false },
  properties: {
    name: { type: 'string', minLength: 1 },
    in: { enum: ['query', 'path'] },
    required: { type: 'boolean' },
    schema: { type: 'object' },
  },
  if: { properties: { in: { const: 'path' } } },
  then: { properties: { required: { const: true } } },
} as const;
const operation = {
  ...{ type: 'object', required: ['operationId', 'responses', 'summary', 'tags'], additionalProperties: false },
  properties: {
    operationId: { type: 'string', pattern: '^[a-z][A-Za-z0-9]*$' },
    tags: { type: 'array', items: { type: 'string' } },
    summary: { type: 'string', minLength: 1 },
    description: { type: 'string' },
    'x-role': { enum: ['anyone', 'view', 'plan', 'apply', 'admin'] },
    security: { type: 'array', items: { type: 'object' } },
    parameters: { type: 'array', items: parameter },
    requestBody: {
      ...{ type: 'object', required: ['content'], additionalProperties: false },
      properties: { required: { type: 'boolean' }, content },
    },
    responses: {
      ...{ type: 'object', minProperties: 1, propertyNames: { pattern: '^([1-5](?:[0-9]{2}|XX)|default)$' } },
      additionalProperties: { oneOf: [reference, response] },
    },
  },
} as const;
const OPENAPI_31 = {
  ...{ type: 'object', required: ['openapi', 'info', 'paths'], additionalProperties: false },
  properties: {
    openapi: { type: 'string', pattern: '^3\\.1\\.\\d+(-.+)?$' },
    jsonSchemaDialect: { const: 'https://json-schema.org/draft/2020-12/schema' },
    info: {
      ...{ type: 'object', required: ['title', 'version'], additionalProperties: false },
      properties: { title: { type: 'string' }, version: { type: 'string' }, description: { type: 'string' } },
    },
    servers: { type: 'array', items: { type: 'object', required: ['url'] } },
    security: { type: 'array', items: { type: 'object', additionalProperties: { type: 'array' } } },
    tags: { type: 'array', items: named, uniqueItems: true },
    paths: {
      ...{ type: 'object', propertyNames: { pattern: '^/' } },
      additionalProperties: {
        ...{ type: 'object', additionalProperties: false },
        properties: { get: operation, put: operation, post: operation, delete: operation },
      },
    },
    components: {
      ...{ type: 'object', additionalProperties: false },
      properties: {
        schemas: { type: 'object', propertyNames: { pattern: '^[a-zA-Z0-9._-]+$' } },
        responses: { type: 'object', additionalProperties: response },
        securitySchemes: {
          type: 'object',
          additionalProperties: {
            oneOf: [
              {
                required: ['type', 'in', 'name'],
                properties: { type: { const: 'apiKey' }, in: { enum: ['query', 'header', 'cookie'] } },
              },
              { required: ['type', 'scheme'], properties: { type: { const: 'http' } } },
            ],
          },
        },
      },
    },
  },
} as const;
