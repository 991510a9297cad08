import { resolve } from 'node:path';
import type { Command } from 'commander';
import { labUp } from '../lab/index.ts';
import type { Answer, AnswerWith, CliContext } from './context.ts';
import { labProgress } from './lab-progress.ts';
import { shownSsh, sshLine } from './lab-ssh.ts';
import { runReport } from '../run/reports/run.ts';
import { shownNodes } from './shown-nodes.ts';
import { compileArgument, takesTopology, wrongFile } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';

export function declareLabUp(lab: Command, answer: AnswerWith): void {
  const summary = 'bring the topology up on this machine, or bring a running lab up to date';
  takesTopology(lab.command('up').summary(summary).description(summary).exitOverride())
    .option(
      '--vm',
      "in a virtual machine with Debian's kernel; by itself where this kernel lacks what the topology needs",
    )
    .option('--ssh', 'reach every host over ssh, by an sshd of its own; without it, a lab that had that loses it')
    .action(answer((context: CliContext, file: string | undefined, options: UpOptions) => up(context, file, options)));
}

interface UpOptions extends CommonOptions {
  readonly vm?: boolean;
  readonly ssh?: boolean;
}

async function up(context: CliContext, argument: string | undefined, options: UpOptions): Promise<Answer> {
  const compiled = await compileArgument(argument, options);
  const { model, diagnostics, source, sources } = compiled;
  if (model === null) return wrongFile(compiled);
  const file = argument === '-' ? null : resolve(source.file);
  const { lab, run, healed } = await labUp(model, {
    file,
    vm: options.vm === true ? 'always' : 'if-needed',
    ssh: options.ssh === true,
    ...labProgress(context),
  });
  const applied = runReport(run, { lab: true });
  const nodes = shownNodes(lab);
  const ssh = shownSsh(lab);
  const up = `Lab ${lab.topology} is up: ${nodes.map((node) => node.name).join(', ')}.`;
  const ready = ssh === null ? up : `${up}\n${sshLine(ssh)}`;
  return {
    ...applied,
    diagnostics,
    sources,
    document: { ...applied.document, healed, lab: { topology: lab.topology, nodes, ssh } },
    text: applied.exitCode === 0 ? `${applied.text}\n${ready}` : applied.text,
  };
}
