import { setFlagsFromString } from 'node:v8';
import { Command, CommanderError } from 'commander';
import { Failure } from '../core/failure.ts';
import { answerWith } from './answer.ts';
import { answerHere, hideServer } from './remote/where.ts';
import { VERBS } from './verbs.ts';
import { VERSION } from '../core/version.ts';

const USAGE_ERROR = 64;

/** The command `trunkline` with what stands behind it: does what is asked, prints the answer and sets the exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  // Between two collections the heap may grow by half, and not fourfold: a tenth more time for the largest files, in half the memory.
  setFlagsFromString('--heap-growing-percent=50');

  // `trunkline plan | head`: whoever reads has had enough, which is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });

  try {
    await runVerb(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR;
    } else if (error instanceof Failure) {
      process.stderr.write(`trunkline: ${error.message}\n`);
      process.exitCode = 1;
    } else {
      throw error;
    }
  }
}

/** Finds the verb, loads its file, and nothing more: what is not asked for is not loaded. */
async function runVerb(argv: readonly string[]): Promise<void> {
  const program = new Command('trunkline')
    .description('Network topology and virtual networking manager for Linux')
    .version(VERSION)
    .showHelpAfterError('(see trunkline --help)')
    .configureHelp({ showGlobalOptions: false })
    .exitOverride();
  const asked = argv.find((word) => !word.startsWith('-'));
  for (const { name, summary, load, hidden = false } of VERBS) {
    const command = program.command(name, { hidden }).summary(summary).description(summary).exitOverride();
    if (name !== asked && (asked !== 'help' || !argv.includes(name))) continue;
    (await load())(command, answerHere(name, answerWith));
    hideServer(name, command);
  }
  await program.parseAsync([...argv], { from: 'user' });
}
