import type { FastifyRequest } from 'fastify';

export function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** What is written down of a request: never its query, headers or body. */
export function about(request: FastifyRequest): {
  readonly what: string;
  readonly which: Readonly<Record<string, string>>;
  readonly address: string;
} {
  const { url } = request.routeOptions;
  const params = url === undefined || url === '/*' ? {} : (request.params as Readonly<Record<string, string>>);
  return { what: `${request.method} ${url ?? '(nothing there)'}`, which: { ...params }, address: request.ip };
}
