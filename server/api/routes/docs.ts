import type { FastifyInstance } from 'fastify';
import { VERSION } from '../../core/version.ts';
import { openApi } from '../docs/openapi.ts';
import { docsPage } from '../docs/page.ts';
import { DOCS_STYLE } from '../docs/style.ts';

/** The description of the API, for people and for programs. Made once, when somebody asks for it. */
export function docsRoutes(server: FastifyInstance): void {
  let made: { readonly document: string; readonly page: string } | undefined;
  const docs = (): { readonly document: string; readonly page: string } => {
    if (made !== undefined) return made;
    const api = openApi(VERSION);
    made = { document: JSON.stringify(api), page: docsPage(api) };
    return made;
  };
  server.get('/api/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(docs().page));
  server.get('/api/docs/style.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(DOCS_STYLE));
  server.get('/api/docs/openapi.json', (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(docs().document),
  );
}
