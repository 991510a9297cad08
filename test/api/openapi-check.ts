/** Holds what the server really answers against the description that it gives of itself. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema, OpenApi } from '../../server/api/docs/openapi.ts';
import { openApi } from '../../server/api/docs/openapi.ts';

export interface RealAnswer {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** A validator as strict as the dialect allows: what it does not know is an error. */
export function newAjv(): Ajv2020 {
  // Formats and types of unions say no more than the schemas of the contract, which have been checked by then.
  return new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, validateFormats: false });
}

const api = openApi('test');
const ajv = newAjv();
const compiled = new Map<JsonSchema, ValidateFunction>();

/** Throws where an answer is another than the description says. Answers of the page and of other routes are let through. */
export function checkAnswer(answer: RealAnswer, described: OpenApi = api): void {
  if (!answer.contentType.startsWith('application/json') || answer.body === '') return;
  const schema = schemaFor(answer, described);
  if (schema === undefined) return;
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  if (validate(JSON.parse(answer.body))) return;
  const what = `${answer.method} ${answer.url} answered ${String(answer.status)} with what it does not describe`;
  throw new Error(`${what}: ${ajv.errorsText(validate.errors)}\n${answer.body.slice(0, 2_000)}`);
}

function schemaFor({ method, url, status }: RealAnswer, { paths, components }: OpenApi): JsonSchema | undefined {
  const [path = ''] = url.split('?');
  const known = Object.entries(paths).find(([pattern]) => matches(pattern, path));
  const operation = known?.[1][method.toLowerCase()];
  if (status >= 400) return path === '/api/docs/openapi.json' ? undefined : failureSchema(components);
  return operation?.responses[200].content['application/json']?.schema;
}

function failureSchema(components: OpenApi['components']): JsonSchema {
  return (components as { readonly schemas: { readonly Failure: JsonSchema } }).schemas.Failure;
}

function matches(pattern: string, path: string): boolean {
  const parts = [pattern, path].map((each) => each.split('/'));
  const [wanted = [], found = []] = parts;
  return wanted.length === found.length && wanted.every((part, at) => part.startsWith('{') || part === found[at]);
}
