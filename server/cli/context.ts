import type { Command } from 'commander';
import type { Count } from '../core/count.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { FailureDocument } from '../core/failure.ts';

/** What a verb is given by the command line around it. Text goes to stdout, progress and logs to stderr. */
export interface CliContext {
  readonly json: boolean;
  readonly color: boolean;
  /** Progress, a line each, on stderr. */
  readonly progress: (line: string) => void;
  /** On a terminal, one line on stderr that is written over again and again; absent elsewhere, and with `--json`. */
  readonly count?: Count;
}

/** What a verb answers: one document for `--json`, the same as text otherwise, and the exit code of COMMANDS. */
export interface Answer {
  readonly document: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly diagnostics?: readonly Diagnostic[];
  /** The texts that the diagnostics point into, for the line with the caret. */
  readonly sources?: readonly { readonly file: string; readonly text: string }[];
  readonly failure?: FailureDocument;
  readonly exitCode: 0 | 1 | 2 | 3 | 4 | 64;
}

/**
 * One file a verb, named after it, with this function: declares arguments and options on `command` and sets its action
 * through `answer`, which prints what the handler returns (or the Failure it throws) and sets the exit code.
 */
export type DeclareVerb = (command: Command, answer: AnswerWith) => void;
export type AnswerWith = (
  handler: (context: CliContext, ...parameters: never[]) => Promise<Answer>,
) => (...parameters: unknown[]) => Promise<void>;
