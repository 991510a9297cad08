import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

export async function servePage(server: FastifyInstance, page: string): Promise<void> {
  await server.register(fastifyStatic, {
    root: page,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders(reply, path) {
      // Names under assets/ carry a hash of the content.
      const keeps = path.startsWith(join(page, 'assets'));
      void reply.header('cache-control', keeps ? 'private, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
