import type { Command } from 'commander';
import { Failure } from '../core/failure.ts';
import { labDown, labList } from '../lab/index.ts';
import type { Answer, AnswerWith, CliContext } from './context.ts';
import { machineLine, shownMachine } from './lab-machine.ts';
import { shownSsh, sshLine } from './lab-ssh.ts';
import { labProgress } from './lab-progress.ts';
import { shownNodes } from './shown-nodes.ts';
import { takesTopology, withModel } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';

interface DownOptions extends CommonOptions {
  readonly topology?: string;
}

export function declareLabDown(lab: Command, answer: AnswerWith): void {
  const summary = 'remove the lab of a topology, or what is left of it';
  takesTopology(lab.command('down').summary(summary).description(summary).exitOverride())
    .option('--topology <name>', 'the lab of this name; needs no file')
    .action(
      answer((context: CliContext, file: string | undefined, options: DownOptions) => down(context, file, options)),
    );
}

async function down(context: CliContext, file: string | undefined, options: DownOptions): Promise<Answer> {
  const { topology } = options;
  if (file !== undefined && topology !== undefined) throw new Failure('usage', 'FILE or --topology, not both');
  if (topology !== undefined && !/^[a-z][a-z0-9-]*$/.test(topology))
    throw new Failure('usage', `${JSON.stringify(topology)} is no name of a topology`);
  return topology === undefined
    ? withModel(file, options, (model) => downLab(context, model.topology))
    : downLab(context, topology);
}

async function downLab(context: CliContext, name: string): Promise<Answer> {
  const ended = await labDown(name, labProgress(context));
  const text =
    ended.length === 0 ? `No lab of ${name} was running.` : `Lab ${name} is removed: ${String(ended.length)} nodes.`;
  return { document: { topology: name, ended }, text, exitCode: 0 };
}

export function declareLabList(lab: Command, answer: AnswerWith): void {
  const summary = 'list the running labs and their nodes';
  lab
    .command('list')
    .summary(summary)
    .description(summary)
    .exitOverride()
    .option('--json', 'print one JSON document')
    .action(answer(() => list()));
}

async function list(): Promise<Answer> {
  const labs = (await labList()).map((lab) => ({
    topology: lab.topology,
    file: lab.file,
    nodes: shownNodes(lab),
    machine: shownMachine(lab),
    ssh: shownSsh(lab),
  }));
  const lines = labs.flatMap(({ topology, file, nodes, machine, ssh }) => [
    `${topology}${file === null ? '' : `  ${file}`}`,
    ...(machine === null ? [] : [machineLine(machine, topology)]),
    ...(nodes.length === 0 || ssh === null ? [] : [`  ${sshLine(ssh)}`]),
    ...(nodes.length === 0 && machine === null
      ? [`  (not running any more: trunkline lab down --topology ${topology} removes what is left)`]
      : nodes.map((node) => `  ${node.name}  ${node.kind}  pid ${String(node.pid)}`)),
  ]);
  return { document: { labs }, text: lines.length === 0 ? 'No lab is running.' : lines.join('\n'), exitCode: 0 };
}
