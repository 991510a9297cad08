import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods, RouteHandlerMethod } from 'fastify';
import type { Api, OperationKey } from '../contract/api.ts';
import { API } from '../contract/api.ts';
import type { Answer, Operation, Taken } from '../contract/operation.ts';

export type Handler<O extends Operation> = (
  asked: Taken<O>,
  request: FastifyRequest,
  reply: FastifyReply,
) => Answer<O> | Promise<Answer<O>>;

/** Like `serveOperation`, for an answer that was checked and written beside the server's own thread: its text. */
export function serveWritten<K extends OperationKey>(
  server: FastifyInstance,
  key: K,
  write: (asked: Taken<Api[K]>, request: FastifyRequest) => Promise<string>,
): void {
  registerOperation(server, key, async (request, reply) => {
    const text = await write(request as unknown as Taken<Api[K]>, request);
    return reply.type('application/json; charset=utf-8').send(text);
  });
}

/** `serveOperation(server, 'GET /health', () => …)`: checks what comes in and what goes out against the contract. */
export function serveOperation<K extends OperationKey>(server: FastifyInstance, key: K, handle: Handler<Api[K]>): void {
  // The schemas have checked it by then: the types of the contract say what they let through.
  registerOperation(server, key, async (request, reply) => handle(request as unknown as Taken<Api[K]>, request, reply));
}

function registerOperation(server: FastifyInstance, key: OperationKey, handler: RouteHandlerMethod): void {
  const operation: Operation = API[key];
  const [method, url] = splitKey(key);
  const { params, query, body, answer, bodyLimit } = operation;
  server.route({
    ...{ method, url },
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    schema: {
      summary: operation.summary,
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined ? {} : { body }),
      response: { 200: answer },
    },
    handler,
  });
}

function splitKey(key: OperationKey): readonly [HTTPMethods, string] {
  const at = key.indexOf(' ');
  return [key.slice(0, at), key.slice(at + 1)];
}
