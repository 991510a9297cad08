/** Takes a snapshot of a host, as the files of a folder; see `server/flow/snapshot.ts`. */
import { createHash } from 'node:crypto';
import { Failure } from '../core/failure.ts';
import type { SnapshotFile, SnapshotManifest } from '../flow/snapshot.ts';
import { SNAPSHOT_FORMAT } from '../flow/snapshot.ts';
import type { HostSession } from '../host/connection.ts';
import { SNAPSHOT_SCRIPT } from './snapshot-script.ts';

/** File by file, `manifest.json` last. */
export type SnapshotFolder = ReadonlyMap<string, Buffer>;

/** One exchange; writes nothing on the host. */
export async function takeSnapshot(session: HostSession): Promise<SnapshotFolder> {
  const [result] = await session.run([{ argv: ['sh', '-s'], stdin: SNAPSHOT_SCRIPT }]);
  if (result?.exitCode !== 0)
    throw new Failure('observation', `${session.host} could not be recorded`, {
      detail: result?.stderr.toString('utf8').trim() ?? 'no answer',
    });
  return folderOf(session.host, result.stdout);
}

const FILE = /^[a-z0-9][a-z0-9-]*(\.(json|txt))?(\/[a-z0-9][a-z0-9-]*\/[a-z0-9-]+\.(json|txt))?$/;

function folderOf(host: string, output: Buffer): SnapshotFolder {
  const folder = new Map<string, Buffer>();
  const files: SnapshotFile[] = [];
  let ended = false;
  const pieces = splitAtZero(output);
  for (let at = 0; at + 1 < pieces.length; at += 2) {
    const [file, content] = headOf(pieces[at], 'part ');
    const [code] = headOf(pieces[at + 1], 'code ');
    if (file === 'end') ended = at + 2 === pieces.length;
    else if (FILE.test(file) && /^\d+$/.test(code)) {
      folder.set(file, content);
      files.push({ file, exitCode: Number(code), sha256: checksum(content) });
    } else throw cutShort(host, output);
  }
  if (!ended) throw cutShort(host, output);
  const text = (file: string): string => folder.get(file)?.toString('utf8').trim() ?? '';
  const manifest: SnapshotManifest = {
    format: SNAPSHOT_FORMAT,
    host: text('host.txt'),
    taken: text('taken.txt'),
    files,
  };
  return folder.set('manifest.json', Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
}

export function checksum(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function cutShort(host: string, output: Buffer): Failure {
  return new Failure('observation', `What was recorded of ${host} is garbled or cut short`, {
    detail: `after ${String(output.length)} bytes`,
  });
}

function splitAtZero(output: Buffer): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let from = output.indexOf(0); from >= 0;) {
    const next = output.indexOf(0, from + 1);
    pieces.push(output.subarray(from + 1, next < 0 ? output.length : next));
    from = next;
  }
  return pieces;
}

function headOf(piece: Buffer | undefined, word: string): readonly [string, Buffer] {
  const end = piece?.indexOf(10) ?? -1;
  if (piece === undefined || end < 0) return ['', Buffer.alloc(0)];
  const line = piece.toString('latin1', 0, end);
  return [line.startsWith(word) ? line.slice(word.length) : '', piece.subarray(end + 1)];
}
