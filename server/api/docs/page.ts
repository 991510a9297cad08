/** The description of the API for people: one page without scripts, made from the OpenAPI document alone. */
import type { JsonSchema, OpenApi, OperationObject, Parameter } from './openapi.ts';
import { whoMay } from './openapi.ts';

export function docsPage(api: OpenApi): string {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const areas = api.tags.map(({ name }) => ({
    name,
    own: operations.filter(({ operation }) => operation.tags.includes(name)),
  }));
  const contents = areas
    .map(({ name, own }) => `<li><a href="#${text(name)}">${text(name)}</a> <span>${String(own.length)}</span></li>`)
    .join('');
  const sections = areas
    .map(
      ({ name, own }) =>
        `<section aria-labelledby="${text(name)}"><h2 id="${text(name)}">${text(name)}</h2>${own.map(operationPart).join('')}</section>`,
    )
    .join('');
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<meta name="color-scheme" content="light dark"><title>Trunkline: the API</title>` +
    `<link rel="stylesheet" href="/api/docs/style.css"></head><body>` +
    `<header><h1>The API of Trunkline ${text(api.info.version)}</h1><p>${inline(api.info.description)}</p>` +
    `<p>The same as <a href="/api/docs/openapi.json">OpenAPI ${text(api.openapi)}</a>. ` +
    `Programs send <code>Authorization: Bearer</code> and a token; browsers have a session.</p></header>` +
    `<nav aria-label="Areas"><ul>${contents}</ul></nav><main>${sections}` +
    `<section aria-labelledby="failure"><h2 id="failure">When it fails</h2>` +
    `<p>Any operation may answer with a status of 400 and above and this document.</p>${schemaPart(failureOf(api))}</section></main></body></html>\n`
  );
}

interface Listed {
  readonly path: string;
  readonly method: string;
  readonly operation: OperationObject;
}

function operationPart({ path, method, operation }: Listed): string {
  const { operationId, summary, parameters, requestBody, responses } = operation;
  const body = requestBody?.content['application/json']?.schema;
  const [[type, answer] = []] = Object.entries(responses[200].content);
  return (
    `<article id="${text(operationId)}"><h3><code><b class="${text(method.toLowerCase())}">${text(method)}</b> ${text(path)}</code></h3>` +
    `<p>${inline(summary)}. <em>${text(whoMay(operation['x-role']))}</em></p>` +
    (parameters.length === 0 ? '' : parametersPart(parameters)) +
    (body === undefined ? '' : `<details open><summary>Takes</summary>${schemaPart(body)}</details>`) +
    (answer === undefined
      ? ''
      : `<details><summary>Answers <small>${text(type ?? '')}</small></summary>${schemaPart(ownPart(answer.schema))}</details>`) +
    `</article>`
  );
}

/** Without what every document begins with, which is told once. */
function ownPart(schema: JsonSchema): JsonSchema {
  const { properties } = schema;
  if (!isSchema(properties)) return schema;
  const { formatVersion: _version, diagnostics: _diagnostics, ...own } = properties;
  return { ...schema, properties: own };
}

function parametersPart(parameters: readonly Parameter[]): string {
  const rows = parameters
    .map(
      ({ name, in: place, required, schema }) =>
        `<tr><th scope="row"><code>${text(name)}</code></th><td>${place}</td><td>${text(typeOf(schema))}</td><td>${required ? 'required' : 'may be left out'}</td></tr>`,
    )
    .join('');
  return `<table><caption>Parameters</caption><thead><tr><th scope="col">name</th><th scope="col">in</th><th scope="col">type</th><th scope="col"></th></tr></thead><tbody>${rows}</tbody></table>`;
}

/** The members of an object, those of objects in it below them. */
function schemaPart(schema: JsonSchema): string {
  const kinds = choices(schema);
  if (kinds.length > 1) return `<p>One of:</p><ol>${kinds.map((each) => `<li>${schemaPart(each)}</li>`).join('')}</ol>`;
  const [only = schema] = kinds;
  const members = membersOf(only);
  if (members.length === 0) return `<p>${text(typeOf(only))}</p>`;
  return `<dl>${members.map(memberPart).join('')}</dl>`;
}

interface Member {
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

function memberPart({ name, required, schema }: Member): string {
  const inner = insideOf(schema);
  const below =
    inner === undefined
      ? ''
      : `<details><summary>of <code>${text(name)}</code></summary>${schemaPart(inner)}</details>`;
  return `<dt><code>${text(name)}</code>${required ? '' : '?'}</dt><dd>${text(typeOf(schema))}${below}</dd>`;
}

function membersOf(schema: JsonSchema): readonly Member[] {
  const { properties, required } = schema as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties ?? {}).map(([name, each]) => ({
    name,
    schema: each,
    required: (required ?? []).includes(name),
  }));
}

/** The one object that a value is, holds as items or values, or may be besides `null`. */
function insideOf(schema: JsonSchema): JsonSchema | undefined {
  const kinds = choices(schema).filter((each) => each['type'] !== 'null');
  const [only = schema] = kinds;
  if (kinds.length > 1) return kinds.some((each) => membersOf(each).length > 0) ? { anyOf: kinds } : undefined;
  const { items, additionalProperties: values } = only;
  if (isSchema(items)) return membersOf(items).length > 0 ? items : insideOf(items);
  if (membersOf(only).length > 0) return only;
  return isSchema(values) ? insideOf(values) : undefined;
}

function choices(schema: JsonSchema): readonly JsonSchema[] {
  const list = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(list) ? list.filter(isSchema) : [];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `text, at most 512 characters`, `list of numbers`, `one of "a", "b"`, `text or null`. */
export function typeOf(schema: JsonSchema): string {
  const kinds = choices(schema);
  if (kinds.length > 0) return [...new Set(kinds.map(typeOf))].join(' or ');
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return `one of ${schema['enum'].map((each) => JSON.stringify(each)).join(', ')}`;
  const { type, items, additionalProperties: values } = schema;
  if (type === 'array') return isSchema(items) ? `list: ${typeOf(items)}` : 'list';
  if (type === 'object') return isSchema(values) ? `by name: ${typeOf(values)}` : 'object';
  const most = schema['maxLength'];
  const limit = typeof most === 'number' ? `, at most ${String(most)} characters` : '';
  const types = [type].flat().filter((each) => typeof each === 'string');
  return `${types.length === 0 ? 'anything' : types.map((each) => NAMES[each] ?? each).join(' or ')}${limit}`;
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  integer: 'whole number',
};

function failureOf({ components }: OpenApi): JsonSchema {
  const { schemas } = components as { readonly schemas: { readonly Failure: JsonSchema } };
  return schemas.Failure;
}

/** Words in backquotes as code. */
function inline(words: string): string {
  return text(words).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function text(value: string): string {
  return value.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
