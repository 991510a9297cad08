import { basename } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Failure } from '../../core/failure.ts';
import type { Operator } from '../../operator/operator.ts';
import type { TopologyFiles } from '../files.ts';
import type { TopologyFolder } from '../folder.ts';
import { acceptedOf } from '../work/audit.ts';
import { whoOf } from '../user.ts';
import { serveOperation, serveWritten } from './operation.ts';

interface AuditRoutes {
  readonly folder: TopologyFolder;
  readonly files: TopologyFiles;
  readonly operator: Operator;
}

/** The ledger and the findings, for the page and for a spreadsheet, and what is accepted of them. */
export function auditRoutes(server: FastifyInstance, { folder, files, operator }: AuditRoutes): void {
  serveWritten(server, 'GET /api/topologies/:name/audit', async ({ params: { name } }) => {
    const accepted = found(await files.accepted(name));
    return found(await folder.work(name, 'audit', { accepted, taken: now() }));
  });

  serveWritten(server, 'POST /api/topologies/:name/audit', async ({ params: { name }, body: { lab } }) => {
    const accepted = found(await files.accepted(name));
    const hosts = await operator.recordHosts(name, lab);
    return found(await folder.work(name, 'auditFound', { accepted, taken: now(), hosts }));
  });

  serveOperation(
    server,
    'GET /api/topologies/:name/audit/csv',
    async ({ params: { name }, query: { table } }, _request, reply) => {
      const accepted = found(await files.accepted(name));
      const text = found(await folder.work(name, 'auditCsv', { accepted, taken: now(), table }));
      void reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${fileName(name, table)}"`);
      return text;
    },
  );

  serveOperation(server, 'POST /api/topologies/:name/suppressions', async ({ params: { name }, body }, request) => {
    const { version, ...by } = body;
    const { finding, about, until } = by;
    if (!found(await folder.work(name, 'hasFinding', { finding, about })))
      throw new Failure('usage', `There is no finding ${finding} of that`, {
        detail: 'The topology has changed since the page read it: look at the findings again.',
      });
    if (until < now().slice(0, 10))
      throw new Failure('usage', `${until} is past`, { detail: 'It holds up to and including that day, in UTC.' });
    const after = found(await files.accept(name, { added: by, version }, whoOf(request)));
    return { formatVersion: 1, diagnostics: [], accepted: acceptedOf(after), by };
  });
}

function found<T>(answer: T | undefined): T {
  if (answer === undefined) throw new Failure('file-unreadable', 'No topology of this folder has that name.');
  return answer;
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Names of files are what people of the topology made of them: only what every system takes is left. */
function fileName(topology: string, table: string): string {
  const stem = basename(topology)
    .replace(/\.[^.]*$/, '')
    .replaceAll(/[^\w.-]/g, '_');
  return `${stem}-${table}.csv`;
}
