import { Failure } from '../core/failure.ts';
import { topologySchema } from '../topology/json-schema/generate.ts';
import { referencePage } from '../topology/json-schema/reference.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';

interface SchemaOptions {
  readonly format: string;
}

const FORMATS = new Map<string, () => string>([
  ['json', () => JSON.stringify(topologySchema(), null, 2)],
  ['markdown', referencePage],
]);

export const declareSchema: DeclareVerb = (command, answer) => {
  command
    .option('-f, --format <format>', 'json (for editors) or markdown (a page for people)', 'json')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nFor an editor that knows yaml-language-server: `trunkline schema > topology.schema.json`, and as the first line' +
        '\nof a topology file `# yaml-language-server: $schema=topology.schema.json`.',
    )
    .action(answer((_context: CliContext, options: SchemaOptions) => schema(options)));
};

function schema({ format }: SchemaOptions): Promise<Answer> {
  const textOf = FORMATS.get(format);
  if (textOf === undefined) {
    throw new Failure('usage', `No format ${JSON.stringify(format)}`, {
      detail: `There is ${[...FORMATS.keys()].join(', ')}.`,
    });
  }
  return Promise.resolve({ document: { schema: topologySchema() }, text: textOf(), exitCode: 0 });
}
