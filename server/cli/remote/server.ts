/** A server that is asked instead of acting here, with the token of whoever asks. */
import type { Client, ClientRequest, ClientResponse } from '../../api/client.ts';
import { createClient, RequestFailed } from '../../api/client.ts';
import type { FailureAnswer } from '../../api/schema/common.ts';
import type { FailureKind } from '../../core/failure.ts';
import { Failure, FAILURE_RULES } from '../../core/failure.ts';
import { readToken } from './token.ts';

export interface There {
  /** `https://trunkline.example.net`, where `--server` has to be said again to get there; `undefined`: the environment says it. */
  readonly said: string | undefined;
  readonly origin: string;
  /** Throws a `Failure` of the kind that the server says. */
  readonly call: Client;
  /** What the server calls a topology: FILE as it lies in its folder, or the only one there. Throws `usage`. */
  nameOf(file: string | undefined): Promise<string>;
  /** The stream of `GET /api/events`, behind the event `last` where one is named. */
  events(last: string | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

/** @param url `https://trunkline.example.net`, `http://127.0.0.1:7340`. Throws `usage` where a token would go over the wire in the clear. */
export async function askServer(url: string): Promise<There> {
  const origin = originOf(url);
  const token = await readToken();
  const client = createClient((request) => send(origin, token, request));
  const call: Client = async (key, asked, signal) => {
    try {
      return await client(key, asked, signal);
    } catch (error) {
      if (error instanceof RequestFailed) throw failureOf(error, origin);
      throw error;
    }
  };
  return {
    ...{ call, origin, said: process.env['TRUNKLINE_SERVER'] === url ? undefined : url },
    nameOf: (file) => topologyThere(call, file),
    async events(last, signal) {
      const behind = last === null ? {} : { 'last-event-id': last };
      const headers = { accept: 'text/event-stream', ...behind };
      const response = await fetchFrom(origin, token, { method: 'GET', path: '/api/events', headers, signal });
      if (response.status === 200 && response.body !== null) return response.body;
      throw failureOf(await refusalOf(response), origin);
    },
  };
}

function originOf(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '')
    throw new Failure('usage', 'That is no address of a server.', {
      detail: 'It is written https://NAME or http://127.0.0.1:PORT, without a name or a password in it.',
    });
  const local = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol === 'http:' && !local)
    throw new Failure('usage', 'The token would go over the network in the clear.', {
      detail: 'Use https, or forward a port: `ssh -L 7340:127.0.0.1:7340 HOST`, and http://127.0.0.1:7340.',
    });
  return url.origin;
}

async function send(origin: string, token: string, request: ClientRequest): Promise<ClientResponse> {
  const response = await fetchFrom(origin, token, request);
  return { status: response.status, contentType: response.headers.get('content-type'), text: () => response.text() };
}

async function fetchFrom(
  origin: string,
  token: string,
  { method, path, headers, body, signal }: Omit<ClientRequest, 'body'> & { readonly body?: string | undefined },
): Promise<Response> {
  try {
    return await fetch(origin + path, {
      ...{ method, body: body ?? null, signal: signal ?? null },
      headers: { ...headers, authorization: `Bearer ${token}` },
      // Where the token goes is said by whoever gave the address, and by nobody on the way.
      redirect: 'error',
    });
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new Failure('host-unreachable', `The server ${origin} does not answer.`, { detail: reason, cause });
  }
}

async function refusalOf(response: Response): Promise<RequestFailed> {
  const isDocument = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return new RequestFailed(response.status, isDocument ? ((await response.json()) as FailureAnswer) : null);
}

/** As if it had failed here: kind, and so the exit code, are those of the server's failure. */
function failureOf({ status, failure, message }: RequestFailed, origin: string): Failure {
  if (status === 401)
    return new Failure('no-rights', `The server ${origin} does not know this token.`, {
      detail: 'It may have expired, or was revoked.',
    });
  if (failure === null) return new Failure('internal', message, { detail: `${origin} is no server of Trunkline.` });
  return failureThere(failure);
}

/** Of a kind that is not known here, which a newer server may have: `internal`. */
export function failureThere({ kind, summary, detail, ...three }: FailureAnswer['failure']): Failure {
  return new Failure(isKind(kind) ? kind : 'internal', summary, { ...three, ...(detail === null ? {} : { detail }) });
}

function isKind(text: string): text is FailureKind {
  return Object.hasOwn(FAILURE_RULES, text);
}

async function topologyThere(call: Client, file: string | undefined): Promise<string> {
  if (file === '-')
    throw new Failure('usage', 'A server knows the files of its folder only.', { detail: 'Name one of them.' });
  if (file !== undefined) return file.replace(/^(\.\/)+/, '');
  const { topologies } = await call('GET /api/topologies', {});
  const [only] = topologies;
  if (only !== undefined && topologies.length === 1) return only.name;
  const names = topologies.map(({ name }) => name).join(', ');
  throw new Failure('usage', 'Which topology?', {
    detail: only === undefined ? 'There is none on the server.' : `There are several on the server: ${names}.`,
  });
}
