import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import type { Front } from './front.ts';

/** Nothing inline, nothing from elsewhere, no frames, and no HTML from text (trusted types). */
const POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'"],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
  'require-trusted-types-for': ["'script'"],
};

export async function setHeaders(server: FastifyInstance, { origin }: Front): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    // Loopback has no TLS to insist on.
    hsts: origin === null ? false : { maxAge: 31_536_000, includeSubDomains: false },
  });
  server.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}
