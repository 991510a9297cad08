/**
 * What the server writes down of each request: one JSON object a line. It is made from a list of what may be told, and not by taking
 * out what may not: no header, no cookie, no query, no body and no address that is none of ours ever gets into it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { LogController } from 'fastify';
import type { LogLevel } from './log-levels.ts';

export interface LogOptions {
  readonly to: NodeJS.WritableStream;
  /** `info`: each request; `warn`: those that were refused; `error`: defects. By default `info`. */
  readonly level?: LogLevel | undefined;
}

/** Ids are counted: one that a request brings along would be text of somebody else in the log. */
export function logSettings(log: LogOptions | undefined): Pick<FastifyServerOptions, 'logger' | 'logController'> {
  // The framework's own lines hold the address as it was asked for, query and all: `/open?token=…`.
  const logController = new LogController({ disableRequestLogging: true });
  if (log === undefined) return { logger: false, logController };
  return {
    logController,
    logger: {
      ...{ level: log.level ?? 'info', stream: { write: (line: string) => void log.to.write(line) } },
      ...{ base: null, messageKey: 'what', timestamp: () => `,"time":"${new Date().toISOString()}"` },
      formatters: { level: (label) => ({ level: label }) },
      // Whatever else writes about a request or an error says no more than this.
      serializers: { req: toldRequest, res: ({ statusCode }) => ({ status: statusCode }), err: toldError },
    },
  };
}

interface ToldRequest {
  readonly [key: string]: unknown;
  readonly method: string;
  /** As the contract writes it, `/api/topologies/:name/graph`; `null` where nothing is there. */
  readonly route: string | null;
  readonly params?: unknown;
}

/** `params` are names of topologies and ids of runs. */
function toldRequest(request: FastifyRequest): ToldRequest {
  const { url } = request.routeOptions;
  if (url === undefined || url === '/*') return { method: methodOf(request), route: url ?? null };
  return { method: methodOf(request), route: url, params: namesOf(request.params) };
}

/** Methods are words of a list; anything else is somebody's text. */
function methodOf({ method }: FastifyRequest): string {
  return /^[A-Z]{3,10}$/.test(method) ? method : '?';
}

function namesOf(params: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(params ?? {}).map(([name, value]) => [name, scrubbed(String(value)).slice(0, 200)]),
  );
}

interface ToldError {
  readonly [key: string]: unknown;
  readonly type: string;
  readonly message: string;
  readonly stack: string;
}

export function toldError(error: Error): ToldError {
  return { type: error.name, message: scrubbed(error.message), stack: scrubbed(error.stack ?? '') };
}

/** Tokens, and what is said to be one, wherever they stand in a text. */
export function scrubbed(text: string): string {
  return text
    .replaceAll(/(?<![\w-])(?:[A-Za-z]+_)?[\w-]{32,}(?![\w-])/g, (word) => (isName(word) ? word : '[hidden]'))
    .replaceAll(/\b(token|password|secret|cookie|authorization)(["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi, '$1$2[hidden]')
    .replaceAll(/\b(Bearer|Basic)\s+\S+/gi, '$1 [hidden]');
}

/** Long names of files and functions are words; what is random has figures and letters of both cases in it. */
function isName(word: string): boolean {
  return !(/\d/.test(word) && /[a-zA-Z]/.test(word));
}

/** A line a request, when it has been answered. */
export function logRequests(server: FastifyInstance): void {
  server.addHook('onResponse', (request, reply, done) => {
    const level = reply.statusCode >= 500 ? 'error' : reply.statusCode >= 400 ? 'warn' : 'info';
    request.log[level]({ ...toldRequest(request), ...answered(request, reply) }, 'answered');
    done();
  });
  server.addHook('onRequestAbort', (request, done) => {
    request.log.info({ ...toldRequest(request), user: request.user?.name ?? null }, 'left');
    done();
  });
}

function answered(request: FastifyRequest, reply: FastifyReply): Readonly<Record<string, unknown>> {
  return {
    ...{ status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 },
    ...{ user: request.user?.name ?? null, by: request.user?.by ?? null, address: request.ip },
  };
}
