import type { Command } from 'commander';
import { labConnection, labTest, labTestText, openLab } from '../lab/index.ts';
import { withWhereabouts } from '../run/whereabouts.ts';
import type { Answer, AnswerWith, CliContext } from './context.ts';
import { labProgress } from './lab-progress.ts';
import { takesTopology, withModel } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';

export function declareLabTest(lab: Command, answer: AnswerWith): void {
  const summary = 'send real packets for every expectation';
  takesTopology(lab.command('test').summary(summary).description(summary).exitOverride()).action(
    answer((context: CliContext, file: string | undefined, options: CommonOptions) => test(context, file, options)),
  );
}

function test(context: CliContext, file: string | undefined, options: CommonOptions): Promise<Answer> {
  return withModel(file, options, async (written) => {
    const lab = await openLab(written.topology);
    const model = await withWhereabouts(written, (host) => labConnection(lab, host));
    const result = await labTest(model, lab, labProgress(context));
    const text =
      result.results.length === 0
        ? `${model.topology} expects nothing: add \`expect:\` to the file.`
        : labTestText(result);
    return { document: { ...result }, text, exitCode: result.failed > 0 ? 4 : 0 };
  });
}
