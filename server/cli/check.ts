import { Failure } from '../core/failure.ts';
import { sarifOf } from '../core/sarif.ts';
import type { Model } from '../flow/model.ts';
import type { JudgedExpectations } from '../run/expectations.ts';
import { checkReport, NOTHING_JUDGED } from '../run/reports/check.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { checkThere } from './remote/reports.ts';
import { hereOrThere, takesServer } from './remote/where.ts';
import { compileArgument, takesTopology } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';
import { VERSION } from '../core/version.ts';

interface CheckOptions extends CommonOptions {
  readonly format: string;
}

const FORMATS = ['text', 'json', 'sarif'];

export const declareCheck: DeclareVerb = (command, answer) => {
  takesServer(takesTopology(command))
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
  const answer = await hereOrThere(
    options,
    () => check(file, options),
    (there) => checkThere(there, file, options),
  );
  if (format !== 'sarif') return answer;
  const sarif = sarifOf(answer.diagnostics ?? [], { version: VERSION, folder: process.cwd() });
  return { ...answer, text: JSON.stringify(sarif, null, 2) };
}

async function check(file: string | undefined, options: CommonOptions): Promise<Answer> {
  const { sources, ...compiled } = await compileArgument(file, options);
  return { ...checkReport(compiled, await judge(compiled.model)), sources };
}

/** Loaded where there is something to judge: a file without expectations is checked as quickly as before. */
async function judge(model: Model | null): Promise<JudgedExpectations> {
  if (model === null || model.expectations.length === 0) return NOTHING_JUDGED;
  const { judgeExpectations } = await import('../run/expectations.ts');
  return judgeExpectations(model);
}
