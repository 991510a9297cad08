import type { Command } from 'commander';
import { Failure } from '../core/failure.ts';
import { labExec, labRun, openLab, shellCommand } from '../lab/index.ts';
import type { Answer, AnswerWith, CliContext } from './context.ts';
import { looksLikeFile } from './lab-words.ts';
import { takesSettings, withModel } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';

interface ExecOptions extends CommonOptions {
  readonly topology?: string;
  readonly interactive?: boolean;
  readonly tty?: boolean;
}

export function declareLabExec(lab: Command, answer: AnswerWith): void {
  const summary = 'run a command in a host, a guest, internet or a gateway member (vgw-1@gw-x)';
  takesSettings(lab.command('exec'))
    .summary(summary)
    .description(
      `${summary}; its exit code is ours\n\nexec -it FILE NODE, without a command, opens a shell with the node’s name in its prompt.`,
    )
    .exitOverride()
    .argument('<words...>', '[FILE] NODE [-- COMMAND…]')
    .option('-i, --interactive', 'without a command: a shell that reads what it is told')
    .option('-t, --tty', 'insist on a terminal')
    .option('--topology <name>', 'the running lab of this name, instead of FILE')
    .option('--json', 'run it without a terminal and print what it wrote as one JSON document')
    .passThroughOptions()
    .action(
      answer((context: CliContext, words: readonly string[], options: ExecOptions) => exec(context, words, options)),
    );
}

async function exec(context: CliContext, words: readonly string[], options: ExecOptions): Promise<Answer> {
  const { file, node, argv } = readWords(words, options);
  if (options.topology !== undefined) return execIn(context, options.topology, node, argv);
  return withModel(file, options, (model) => execIn(context, model.topology, node, argv));
}

async function execIn(context: CliContext, topology: string, node: string, argv: readonly string[]): Promise<Answer> {
  const lab = await openLab(topology);
  if (context.json) {
    const { exitCode, stdout, stderr } = await labRun(lab, node, argv);
    return {
      document: { node, argv, exitCode, stdout, stderr },
      text: '',
      exitCode: exitCode === 0 ? 0 : 1,
    };
  }
  const code = await labExec(lab, node, argv);
  // The command's own code, whatever it is, goes past the table of ours.
  return { document: {}, text: '', exitCode: code as Answer['exitCode'] };
}

interface ExecWords {
  readonly file: string | undefined;
  readonly node: string;
  readonly argv: readonly string[];
}

/** What looks like a file stands before the node; both stand before `--`, which may be left out behind a file. */
function readWords(words: readonly string[], options: ExecOptions): ExecWords {
  const { topology } = options;
  const dashes = words.indexOf('--');
  const fileFirst = topology === undefined && looksLikeFile(words[0] ?? '');
  const head = dashes === -1 ? words.slice(0, fileFirst ? 2 : 1) : words.slice(0, dashes);
  const argv = dashes === -1 ? words.slice(head.length) : words.slice(dashes + 1);
  const [file, node] = head.length === 2 ? head : [undefined, head[0]];
  if (
    node === undefined ||
    head.length > 2 ||
    (fileFirst && head.length < 2) ||
    (file !== undefined && topology !== undefined)
  )
    throw wrongWords();
  checkTerminal(options);
  if (argv.length > 0) return { file, node, argv };
  if (options.interactive !== true || options.json === true) throw wrongWords();
  return { file, node, argv: shellCommand(node) };
}

function checkTerminal({ tty, json }: ExecOptions): void {
  if (tty !== true) return;
  if (json === true) throw new Failure('usage', '--json runs without a terminal: leave -t out');
  if (process.stdin.isTTY) return;
  throw new Failure('usage', 'There is no terminal', {
    detail: 'Leave -t out where input comes from a file or a pipe.',
  });
}

function wrongWords(): Failure {
  return new Failure('usage', 'Run what, and where?', {
    detail: 'Write: trunkline lab exec FILE NODE -- COMMAND…, or for a shell: trunkline lab exec -it FILE NODE',
  });
}
