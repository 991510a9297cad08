import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { Health } from '../schema.ts';

export function healthRoute(server: FastifyInstance): void {
  server.withTypeProvider<ZodTypeProvider>().get('/health', { schema: { response: { 200: Health } } }, () => ({
    formatVersion: 1 as const,
    diagnostics: [],
    status: 'ok' as const,
  }));
}
