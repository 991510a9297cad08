import { writeFile } from 'node:fs/promises';
import { Failure } from '../core/failure.ts';
import { importTopology, listLines } from '../import/import.ts';
import { compileText } from '../model/compile-file.ts';
import { readSnapshot } from '../observe/read-snapshot.ts';
import { recordHost } from '../run/snapshot.ts';
import { parseName } from '../topology/grammar/name.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { readAccess } from './read-access.ts';
import { readFolder } from './snapshot-folder.ts';

interface ImportOptions {
  readonly host?: string;
  readonly snapshot?: string;
  readonly topology?: string;
  readonly output?: string;
}

export const declareImport: DeclareVerb = (command, answer) => {
  command
    .option('--host <access>', 'the host: local, or ssh://root@gw-x.example.net')
    .option('--snapshot <dir>', 'read this snapshot; with --host, that is how the file says the host is reached')
    .option('--topology <name>', "name of the topology; the host's name where left out")
    .option('-o, --output <file>', 'a new file for the topology; stdout where left out')
    .option('--json', 'print one JSON document')
    .action(answer((context: CliContext, options: ImportOptions) => importHost(context, options)));
};

async function importHost(context: CliContext, options: ImportOptions): Promise<Answer> {
  const { host, snapshot, topology, output } = options;
  if (host === undefined && snapshot === undefined)
    throw new Failure('usage', 'Import which host?', {
      detail: 'Say --host local, --host ssh://…, or --snapshot DIR.',
    });
  if (topology !== undefined && !parseName(topology).ok)
    throw new Failure('usage', `Not a name of a topology: ${JSON.stringify(topology)}`);
  const access = readAccess(host ?? 'local');
  const folder = snapshot === undefined ? await recordHost(access) : await readFolder(snapshot);
  const imported = importTopology(readSnapshot(folder), { access: access.name, topology });
  const { text, unexpressed } = imported;
  if (output !== undefined) await writeNew(output, text);
  const { diagnostics } = compileText({ file: output ?? 'imported.yaml', text });
  const lines = listLines(unexpressed);
  if (lines.length > 0) context.progress(`not in the file:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  return {
    document: { topology: imported.topology, text, file: output ?? null, unexpressed },
    text: output === undefined ? text : `${output} describes what is there.\n`,
    diagnostics,
    sources: [{ file: output ?? 'imported.yaml', text }],
    exitCode: 0,
  };
}

/** A file that is there may have been edited. */
async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((error: unknown) => {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new Failure('usage', exists ? `${file} is there already` : `${file} cannot be written`, { cause: error });
  });
}
