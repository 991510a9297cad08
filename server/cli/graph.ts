import { Failure } from '../core/failure.ts';
import type { GraphDocument } from '../flow/graph.ts';
import type { Model } from '../flow/model.ts';
import { graphDocument, graphDot, graphMermaid } from '../model/graph.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { graphThere } from './remote/reports.ts';
import { hereOrThere, takesServer } from './remote/where.ts';
import { takesTopology, withModel } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';

interface GraphOptions extends CommonOptions {
  readonly format: string;
}

const FORMATS = new Map<string, (model: Model) => string>([
  ['dot', graphDot],
  ['mermaid', graphMermaid],
  ['json', (model) => JSON.stringify(withPlaces(model), null, 2)],
]);

export const declareGraph: DeclareVerb = (command, answer) => {
  takesServer(takesTopology(command))
    .option('-f, --format <format>', 'dot, mermaid or json', 'mermaid')
    .action(
      answer((_context: CliContext, file: string | undefined, options: GraphOptions) =>
        hereOrThere(
          options,
          () => graph(file, options),
          (there) => graphThere(there, file, options),
        ),
      ),
    );
};

async function graph(file: string | undefined, options: GraphOptions): Promise<Answer> {
  const textOf = FORMATS.get(options.format);
  if (textOf === undefined) {
    throw new Failure('usage', `No format ${JSON.stringify(options.format)}`, {
      detail: `There is ${[...FORMATS.keys()].join(', ')}.`,
    });
  }
  return withModel(file, options, (model) => {
    const answer: Answer = {
      document: { topology: model.topology, graph: withPlaces(model) },
      text: textOf(model),
      exitCode: 0,
    };
    return Promise.resolve(answer);
  });
}

/** Each node with its line of the file, as the file was named. */
function withPlaces(model: Model): GraphDocument {
  return graphDocument(model, (file) => file);
}
