import { Failure } from '../core/failure.ts';
import { sarifOf } from '../core/sarif.ts';
import { codeFor } from './answer.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { compileArgument, takesTopology } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';
import { VERSION } from './version.ts';

interface CheckOptions extends CommonOptions {
  readonly format: string;
}

const FORMATS = ['text', 'json', 'sarif'];

export const declareCheck: DeclareVerb = (command, answer) => {
  takesTopology(command)
    .option('-f, --format <format>', `${FORMATS.join(', ')} (for code forges and editors)`, 'text')
    // One flag decides how everything is printed, failures too.
    .on('option:format', (format: string) => {
      if (format === 'json') command.setOptionValue('json', true);
    })
    .action(answer((_context: CliContext, file: string | undefined, options: CheckOptions) => checkAs(file, options)));
};

async function checkAs(file: string | undefined, options: CheckOptions): Promise<Answer> {
  const { format } = options;
  if (!FORMATS.includes(format)) {
    throw new Failure('usage', `No format ${JSON.stringify(format)}`, { detail: `There is ${FORMATS.join(', ')}.` });
  }
  const answer = await check(file, options);
  if (format !== 'sarif') return answer;
  const sarif = sarifOf(answer.diagnostics ?? [], { version: VERSION, folder: process.cwd() });
  return { ...answer, text: JSON.stringify(sarif, null, 2) };
}

async function check(file: string | undefined, options: CommonOptions): Promise<Answer> {
  const { model, diagnostics, sources } = await compileArgument(file, options);
  if (model === null)
    return {
      document: { topology: null, counts: null, expectations: null, notes: [NOT_JUDGED] },
      text: '',
      diagnostics,
      sources,
      exitCode: codeFor(diagnostics),
    };
  const counts = {
    networks: model.networks.size,
    hosts: model.hosts.size,
    guests: model.guests.size,
    gateways: model.gateways.size,
    policy: model.policy.length,
    expectations: model.expectations.length,
  };
  const parts = Object.entries(counts).map(
    ([name, count]) => `${String(count)} ${count === 1 ? name.replace(/s$/, '') : name}`,
  );
  return {
    document: { topology: model.topology, counts, expectations: null, notes: [NOT_JUDGED] },
    text: `${model.topology}: ${parts.join(', ')}. Nothing wrong.`,
    diagnostics,
    sources,
    exitCode: 0,
  };
}

const NOT_JUDGED =
  'expectations: not judged on the model by this version; `trunkline lab test` sends real packets for each';
