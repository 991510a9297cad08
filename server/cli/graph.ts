import { Failure } from '../core/failure.ts';
import { graphDocument, graphMermaid } from '../model/graph.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { takesTopology, withModel } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';

interface GraphOptions extends CommonOptions {
  readonly format: string;
}

export const declareGraph: DeclareVerb = (command, answer) => {
  takesTopology(command)
    .option('-f, --format <format>', 'mermaid or json', 'mermaid')
    .action(answer((_context: CliContext, file: string | undefined, options: GraphOptions) => graph(file, options)));
};

function graph(file: string | undefined, options: GraphOptions): Promise<Answer> {
  if (options.format !== 'mermaid' && options.format !== 'json') {
    throw new Failure('usage', `No format ${JSON.stringify(options.format)}`, { detail: 'There is mermaid and json.' });
  }
  return withModel(file, (model) => {
    const drawn = graphDocument(model);
    const text = options.format === 'json' ? JSON.stringify(drawn, null, 2) : graphMermaid(model);
    return Promise.resolve({ document: { topology: model.topology, graph: drawn }, text, exitCode: 0 });
  });
}
