import { readdir } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
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
  /** Of those verbs that can ask a server. */
  readonly server?: string;
  readonly set?: Settings;
}

/** Parameters from the command line, by name. */
export type Settings = ReadonlyMap<string, string>;

/** The argument and options that every verb has which reads a topology. */
export function takesTopology(command: Command, argument = '[FILE]'): Command {
  return takesSettings(command)
    .argument(argument, 'topology file; - reads stdin; the only one in this folder where left out')
    .option('--json', 'print one JSON document');
}

export function takesSettings(command: Command): Command {
  return command.option('--set <name=value>', 'set a parameter of the topology (may be repeated)', addSetting);
}

function addSetting(text: string, before: Settings | undefined): Settings {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It is written NAME=VALUE.');
  return new Map([...(before ?? []), [name, value]]);
}

export async function compileArgument(file: string | undefined, { set }: CommonOptions): Promise<CompiledFile> {
  return compileFile(file ?? (await onlyTopologyHere()), { set });
}

/** Runs `next` on the model of a file that is right; otherwise answers with what is wrong with it, exit code 3. */
export async function withModel(
  file: string | undefined,
  options: CommonOptions,
  next: (model: Model, diagnostics: readonly Diagnostic[]) => Promise<Answer>,
): Promise<Answer> {
  const compiled = await compileArgument(file, options);
  const { model, diagnostics, sources } = compiled;
  if (model === null) return wrongFile(compiled);
  const answer = await next(model, diagnostics);
  return { diagnostics, sources, ...answer };
}

export function wrongFile({ diagnostics, sources }: CompiledFile): Answer {
  return { document: {}, text: '', diagnostics, sources, exitCode: codeFor(diagnostics) };
}

const TOPOLOGY_FILE = /\.(ya?ml|json)$/;

export async function onlyTopologyHere(): Promise<string> {
  const names = (await readdir('.')).filter((name) => TOPOLOGY_FILE.test(name) && !name.startsWith('package')).sort();
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  const found = only === undefined ? 'there is none in this folder' : `there are several here: ${names.join(', ')}`;
  throw new Failure('usage', 'Which topology?', {
    detail: `FILE can be left out with exactly one topology in the folder; ${found}.`,
  });
}
