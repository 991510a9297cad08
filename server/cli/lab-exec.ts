import type { Command } from 'commander';
import { Failure } from '../core/failure.ts';
import { labExec, labRun, openLab } from '../lab/index.ts';
import type { Answer, AnswerWith, CliContext } from './context.ts';
import { withModel } from './topology-argument.ts';

interface ExecOptions {
  readonly topology?: string;
}

export function declareLabExec(lab: Command, answer: AnswerWith): void {
  const summary = 'run a command in a host, a guest, internet or a gateway member (vgw-1@gw-x)';
  lab
    .command('exec')
    .summary(summary)
    .description(`${summary}; its exit code is ours`)
    .exitOverride()
    .argument('<words...>', '[FILE] NODE -- COMMAND…')
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
  return withModel(file, (model) => execIn(context, model.topology, node, argv));
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
function readWords(words: readonly string[], { topology }: ExecOptions): ExecWords {
  const dashes = words.indexOf('--');
  const looksLikeFile = topology === undefined && (words[0] === '-' || /[./]/.test(words[0] ?? ''));
  const head = dashes === -1 ? words.slice(0, looksLikeFile ? 2 : 1) : words.slice(0, dashes);
  const argv = dashes === -1 ? words.slice(head.length) : words.slice(dashes + 1);
  const [file, node] = head.length === 2 ? head : [undefined, head[0]];
  if (node === undefined || head.length > 2 || argv.length === 0 || (file !== undefined && topology !== undefined)) {
    throw new Failure('usage', 'Run what, and where?', { detail: 'Write: trunkline lab exec FILE NODE -- COMMAND…' });
  }
  return { file, node, argv };
}
