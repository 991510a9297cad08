import { hasErrors } from '../core/diagnostic.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import { Failure } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import { compileText } from '../model/compile-file.ts';
import { formatTopology } from '../topology/format/format.ts';
import { pinAddresses, type PinnedNic, type UnpinnedNic } from '../topology/format/pin.ts';
import { replaceFile } from '../topology/format/save.ts';
import { loadTopologyFile, partReader } from '../topology/load.ts';
import { readTopology } from '../topology/read.ts';
import type { Source } from '../topology/yaml/read-yaml.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { onlyTopologyHere, takesSettings, type Settings } from './topology-argument.ts';

interface FmtOptions {
  readonly check?: boolean;
  readonly pin?: boolean;
  readonly output?: string;
  readonly set?: Settings;
}

export const declareFmt: DeclareVerb = (command, answer) => {
  takesSettings(command)
    .argument('[FILE...]', 'topology files; - filters stdin to stdout; the only one in this folder where left out')
    .option('--check', 'change nothing; exit code 1 where a file is not in normal form')
    .option('--pin', 'also write the addresses that were chosen for `auto` into the file')
    .option('-o, --output <path>', 'write the text of the one file there; - is stdout')
    .option('--json', 'print one JSON document')
    .action(answer((context: CliContext, files: string[], options: FmtOptions) => fmt(files, options, context)));
};

interface FormattedFile {
  readonly source: Source;
  /** `null` where the file is wrong; the diagnostics say how. */
  readonly text: string | null;
  readonly pinned: readonly PinnedNic[];
  readonly unpinned: readonly UnpinnedNic[];
  readonly diagnostics: readonly Diagnostic[];
}

interface WrittenFile extends FormattedFile {
  readonly written: boolean;
}

async function fmt(names: readonly string[], options: FmtOptions, context: CliContext): Promise<Answer> {
  const files = names.length > 0 ? names : [await onlyTopologyHere()];
  const output = options.output ?? (files.length === 1 && files[0] === '-' ? '-' : undefined);
  if (files.length > 1 && (output !== undefined || files.includes('-'))) {
    const detail = '`-o` and `-` go with exactly one FILE.';
    throw new Failure('usage', 'Several files into one', { detail });
  }
  const target = options.check === true ? 'nowhere' : output === '-' ? 'stdout' : 'file';
  const results: WrittenFile[] = [];
  for (const file of files) {
    const result = await formatOne(file, options);
    // What is right is written although another file is not.
    results.push({ ...result, written: target === 'file' && (await write(result, output ?? file)) });
  }
  return answerOf(results, target, context);
}

async function formatOne(file: string, { pin, set }: FmtOptions): Promise<FormattedFile> {
  const source = await loadTopologyFile(file);
  if (pin !== true) return { source, pinned: [], unpinned: [], ...formatTopology(source) };
  const options = { set, readPart: partReader() };
  const { model, diagnostics } = compileText(source, options);
  const { topology } = readTopology(source, options);
  if (model === null || topology === null) return { source, text: null, pinned: [], unpinned: [], diagnostics };
  const { text, ...nics } = pinAddresses(source, topology, model);
  return { source, ...nics, ...formatTopology({ file: source.file, text }) };
}

async function write({ source, text }: FormattedFile, path: string): Promise<boolean> {
  if (text === null || (text === source.text && path === source.file)) return false;
  await replaceFile(path, text);
  return true;
}

/** Where the formatted text goes; with `--check`, nowhere. */
type Target = 'nowhere' | 'stdout' | 'file';

function answerOf(results: readonly WrittenFile[], target: Target, context: CliContext): Answer {
  const diagnostics = results.flatMap((each) => each.diagnostics);
  const files = results.map(({ source, text, written, pinned, unpinned }) => ({
    file: source.file,
    changed: text === null ? null : text !== source.text,
    written,
    pinned,
    unpinned,
    ...(target === 'stdout' ? { text } : {}),
  }));
  const lines = results.flatMap((each) => linesOf(each, target));
  // On stdout stands the file, so what was done to it is told beside it.
  if (target === 'stdout') lines.forEach(context.progress);
  const differs = target === 'nowhere' && files.some(({ changed }) => changed === true);
  return {
    document: { files },
    text: target === 'stdout' ? (results[0]?.text ?? '') : lines.join('\n'),
    diagnostics,
    sources: results.map(({ source }) => source),
    exitCode: hasErrors(diagnostics) ? 3 : differs ? 1 : 0,
  };
}

function linesOf({ source, text, pinned, unpinned }: FormattedFile, target: Target): readonly string[] {
  if (text === null) return [];
  const told = { nowhere: ['not in normal form'], stdout: [], file: ['formatted'] }[target];
  const changed = text === source.text ? [] : told.map((what) => `${visibleText(source.file)}: ${what}`);
  const nic = ({ guest, network, addresses }: PinnedNic): string =>
    `${guest} on ${network} has ${addresses.join(' and ')}`;
  return [
    ...changed,
    ...pinned.map((each) => `  ${target === 'nowhere' ? 'to be pinned' : 'pinned'}: ${nic(each)}`),
    ...unpinned.map((each) => `  not pinned: ${nic(each)}; ${visibleText(each.reason)}`),
  ];
}
