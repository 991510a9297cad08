import { readdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { Failure } from '../core/failure.ts';
import { compileFile } from '../model/compile-file.ts';
import type { CompiledFile } from '../model/compile-file.ts';
import type { Model } from '../flow/model.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import { codeFor } from './answer.ts';
import type { Answer } from './context.ts';

export interface CommonOptions {
  readonly json?: boolean;
  readonly lab?: boolean;
  readonly host?: string;
}

/** The argument and option that every verb has which reads a topology. */
export function takesTopology(command: Command, argument = '[FILE]'): Command {
  return command
    .argument(argument, 'topology file; - reads stdin; the only one in this folder where left out')
    .option('--json', 'print one JSON document');
}

export async function compileArgument(file: string | undefined): Promise<CompiledFile> {
  return compileFile(file ?? (await onlyTopologyHere()));
}

/** Runs `next` on the model of a file that is right; otherwise answers with what is wrong with it, exit code 3. */
export async function withModel(
  file: string | undefined,
  next: (model: Model, diagnostics: readonly Diagnostic[]) => Promise<Answer>,
): Promise<Answer> {
  const { model, diagnostics } = await compileArgument(file);
  if (model === null) return wrongFile(diagnostics);
  const answer = await next(model, diagnostics);
  return { diagnostics, ...answer };
}

export function wrongFile(diagnostics: readonly Diagnostic[]): Answer {
  return { document: {}, text: '', diagnostics, exitCode: codeFor(diagnostics) };
}

const TOPOLOGY_FILE = /\.(ya?ml|json)$/;

async function onlyTopologyHere(): Promise<string> {
  const names = (await readdir('.')).filter((name) => TOPOLOGY_FILE.test(name) && !name.startsWith('package')).sort();
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  const found = only === undefined ? 'there is none in this folder' : `there are several here: ${names.join(', ')}`;
  throw new Failure('usage', 'Which topology?', {
    detail: `FILE can be left out with exactly one topology in the folder; ${found}.`,
  });
}
