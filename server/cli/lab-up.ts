import { resolve } from 'node:path';
import type { Command } from 'commander';
import { labUp } from '../lab/index.ts';
import type { Lab } from '../lab/index.ts';
import type { Answer, AnswerWith, CliContext } from './context.ts';
import { runAnswer } from './run-answer.ts';
import { compileArgument, takesTopology, wrongFile } from './topology-argument.ts';

export function declareLabUp(lab: Command, answer: AnswerWith): void {
  const summary = 'bring the topology up on this machine, or bring a running lab up to date';
  takesTopology(lab.command('up').summary(summary).description(summary).exitOverride()).action(
    answer((context: CliContext, file: string | undefined) => up(context, file)),
  );
}

async function up(context: CliContext, argument: string | undefined): Promise<Answer> {
  const { model, diagnostics, source } = await compileArgument(argument);
  if (model === null) return wrongFile(diagnostics);
  const file = argument === '-' ? null : resolve(source.file);
  const { lab, run } = await labUp(model, {
    file,
    progress: (line) => {
      context.progress(line);
    },
  });
  const applied = runAnswer(run);
  const nodes = shownNodes(lab);
  const ready = `Lab ${lab.topology} is up: ${nodes.map((node) => node.name).join(', ')}.`;
  return {
    ...applied,
    diagnostics,
    document: { ...applied.document, lab: { topology: lab.topology, nodes } },
    text: applied.exitCode === 0 ? `${applied.text}\n${ready}` : applied.text,
  };
}

export interface ShownNode {
  readonly name: string;
  readonly kind: string;
  readonly pid: number;
}

/** Nodes that commands can run in; a gateway member has the process of its host. */
export function shownNodes(lab: Lab): readonly ShownNode[] {
  const nodes = [...lab.nodes.values()]
    .filter((node) => node.kind !== 'wire')
    .map(({ name, kind, pid }) => ({ name, kind, pid }));
  const members = Object.entries(lab.members).map(([name, { host }]) => ({
    name,
    kind: 'gateway',
    pid: lab.nodes.get(host)?.pid ?? 0,
  }));
  return [...nodes, ...members.filter((member) => member.pid > 0)];
}
