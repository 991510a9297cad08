/**
 * The one client of the API: the page, the command line and the tests ask through it. It knows the contract by its types only, so that
 * nothing of the server gets into the page.
 */
import type { Api, OperationKey } from './contract/api.ts';
import type { Answer, Asked } from './contract/operation.ts';
import type { FailureAnswer } from './schema/common.ts';

export interface ClientRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface ClientResponse {
  readonly status: number;
  readonly contentType: string | null;
  text(): Promise<string>;
}

/** `client('GET /api/topologies/:name/graph', { params: { name } })`. Throws `RequestFailed` where the answer is a failure. */
export type Client = <K extends OperationKey>(
  key: K,
  asked: Asked<Api[K]>,
  signal?: AbortSignal,
) => Promise<Answer<Api[K]>>;

/** An answer of the server that is not the document asked for. */
export class RequestFailed extends Error {
  readonly status: number;
  readonly failure: FailureAnswer['failure'] | null;
  /** Where a file was changed meanwhile. */
  readonly conflict: FailureAnswer['conflict'];

  constructor(status: number, answer: FailureAnswer | null) {
    const failure = answer?.failure ?? null;
    super(failure?.summary ?? `The server answered ${String(status)}.`);
    this.name = 'RequestFailed';
    this.status = status;
    this.failure = failure;
    this.conflict = answer?.conflict;
  }

  get detail(): string | null {
    return this.failure?.detail ?? null;
  }
}

/** What is sent along besides the contract's schemas; the contract's types have been checked by then. */
interface Parts {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

export function createClient(send: (request: ClientRequest) => Promise<ClientResponse>): Client {
  return async <K extends OperationKey>(key: K, asked: Asked<Api[K]>, signal?: AbortSignal) => {
    const { params = {}, query = {}, body } = asked as Parts;
    const response = await send({
      method: key.slice(0, key.indexOf(' ')),
      path: addressOf(key, params, query),
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
    const isDocument = response.contentType?.startsWith('application/json') ?? false;
    if (response.status === 200 && isDocument) return JSON.parse(await response.text()) as Answer<Api[K]>;
    throw new RequestFailed(response.status, isDocument ? (JSON.parse(await response.text()) as FailureAnswer) : null);
  };
}

/** The path and query of an operation. */
export function addressOf(
  key: OperationKey,
  params: Readonly<Record<string, unknown>> = {},
  query: Readonly<Record<string, unknown>> = {},
): string {
  const path = key
    .slice(key.indexOf(' ') + 1)
    .replaceAll(/:(\w+)/g, (_match, name: string) => encodeURIComponent(textOf(params[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of [value].flat()) if (each !== undefined) search.append(name, textOf(each));
  }
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
