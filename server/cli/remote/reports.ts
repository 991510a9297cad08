/** `check`, `reach` and `graph` on a server. */
import { Failure } from '../../core/failure.ts';
import type { Answer } from '../context.ts';
import type { Ends, ReachOptions } from '../reach-options.ts';
import type { CommonOptions } from '../topology-argument.ts';
import { answerOf, checkedThere, requireNone, shown } from './right-file.ts';
import type { There } from './server.ts';

export async function checkThere(there: There, file: string | undefined, options: CommonOptions): Promise<Answer> {
  requireNone('--set', options.set);
  return checkedThere(there, await there.nameOf(file));
}

export async function reachThere(there: There, ends: Ends, options: ReachOptions): Promise<Answer> {
  requireNone('--set', options.set);
  requireNone('--live', options.live);
  requireNone('--snapshot', options.snapshot);
  requireNone('--against', options.against);
  const { file, from, to, many } = ends;
  const query = { from, to, many: many ? 'true' : 'false', without: [...(options.without ?? [])] };
  const params = { name: await there.nameOf(file) };
  return answerOf(await there.call('GET /api/topologies/:name/reports/flows', { params, query }));
}

interface GraphOptions extends CommonOptions {
  readonly format: string;
}

export async function graphThere(there: There, file: string | undefined, options: GraphOptions): Promise<Answer> {
  const { format } = options;
  requireNone('--set', options.set);
  if (format !== 'json' && format !== 'dot' && format !== 'mermaid')
    throw new Failure('usage', `No format ${JSON.stringify(format)}`, { detail: 'There is dot, mermaid, json.' });
  const params = { name: await there.nameOf(file) };
  const { graph, ...answer } = await there.call('GET /api/topologies/:name/graph', { params });
  const diagnostics = shown(answer.diagnostics);
  if (graph === null) return { document: {}, text: '', diagnostics, exitCode: 3 };
  const document = { topology: graph.topology, graph };
  if (format === 'json') return { document, text: JSON.stringify(graph, null, 2), diagnostics, exitCode: 0 };
  const { text } = await there.call('GET /api/topologies/:name/chart', { params, query: { format } });
  return { document, text: text ?? '', diagnostics, exitCode: 0 };
}
