import { Failure } from '../core/failure.ts';
import { sarifOf } from '../core/sarif.ts';
import type { Model } from '../flow/model.ts';
import type { JudgedExpectations } from '../run/expectations.ts';
import { codeFor } from './answer.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { compileArgument, takesTopology } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';
import { VERSION } from '../core/version.ts';

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
  const judged = await judge(model);
  const failed = judged.results.filter(({ outcome }) => outcome === 'failed').length;
  return {
    document: { topology: model.topology, counts, expectations: judged.results, notes: [] },
    text: `${model.topology}: ${parts.join(', ')}. ${summary(judged.results)}`,
    diagnostics: [...diagnostics, ...judged.diagnostics],
    sources,
    exitCode: failed > 0 ? 4 : 0,
  };
}

/** Loaded where there is something to judge: a file without expectations is checked as quickly as before. */
async function judge(model: Model): Promise<JudgedExpectations> {
  if (model.expectations.length === 0) return { results: [], diagnostics: [] };
  const { judgeExpectations } = await import('../run/expectations.ts');
  return judgeExpectations(model);
}

function summary(results: JudgedExpectations['results']): string {
  const of = (wanted: string): number => results.filter(({ outcome }) => outcome === wanted).length;
  const [failed, unknown] = [of('failed'), of('unknown')];
  if (failed > 0) return `${String(failed)} of ${String(results.length)} expectations not met.`;
  return `Nothing wrong${unknown === 0 ? '' : `, but nothing can be said of ${String(unknown)} expectations`}.`;
}

const NOT_JUDGED = 'expectations: not judged, since the file is wrong';
