import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../core/failure.ts';
import { readManifest } from '../observe/read-snapshot.ts';
import { SNAPSHOT_SCRIPT } from '../observe/snapshot-script.ts';
import type { SnapshotFolder } from '../observe/snapshot.ts';
import { recordHost } from '../run/snapshot.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { readAccess } from './read-access.ts';

interface SnapshotOptions {
  readonly host?: string;
  readonly output?: string;
  readonly script?: boolean;
}

export const declareSnapshot: DeclareVerb = (command, answer) => {
  command
    .option('--host <access>', 'the host: local, or ssh://root@gw-x.example.net')
    .option('-o, --output <dir>', 'a new or empty folder for the files')
    .option('--script', 'print the script that does the same by hand: sh snapshot.sh DIR')
    .option('--json', 'print one JSON document')
    .action(answer((context: CliContext, options: SnapshotOptions) => snapshot(context, options)));
};

async function snapshot(_context: CliContext, { host, output, script }: SnapshotOptions): Promise<Answer> {
  if (script === true) return { document: { script: SNAPSHOT_SCRIPT }, text: SNAPSHOT_SCRIPT, exitCode: 0 };
  if (host === undefined || output === undefined)
    throw new Failure('usage', 'A snapshot of which host, and where to?', {
      detail: 'Say both: trunkline snapshot --host local -o DIR.',
    });
  const folder = await recordHost(readAccess(host));
  await writeFolder(output, folder);
  const { files, taken } = readManifest(folder);
  const unread = files.filter(({ exitCode }) => exitCode !== 0).map(({ file }) => file);
  const rest = unread.length === 0 ? '' : ` Not to be had there: ${unread.join(', ')}.`;
  return {
    document: { folder: output, host, taken, files },
    text: `${String(files.length)} reads of ${host} in ${output}.${rest}\n`,
    exitCode: 0,
  };
}

async function writeFolder(dir: string, folder: SnapshotFolder): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if ((await readdir(dir)).length > 0)
    throw new Failure('usage', `${dir} is not empty`, { detail: 'A snapshot gets a folder of its own.' });
  for (const [file, content] of folder) {
    await mkdir(path.join(dir, path.dirname(file)), { recursive: true, mode: 0o700 });
    await writeFile(path.join(dir, file), content, { mode: 0o600 });
  }
}
