import type { FastifyInstance } from 'fastify';
import { serveOperation } from './operation.ts';

export function healthRoute(server: FastifyInstance): void {
  serveOperation(server, 'GET /health', () => ({ formatVersion: 1, diagnostics: [], status: 'ok' }));
}
