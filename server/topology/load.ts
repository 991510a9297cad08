/** Topology files from the disk or from stdin, as text. What is wrong inside them is told by `read.ts`. */
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { Failure } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import { MAX_FILE_BYTES } from './limits.ts';
import type { Source } from './yaml/read-yaml.ts';

const STDIN = 0;

/** Reads a file, or stdin for `-`. Throws `file-unreadable`. */
export async function loadTopologyFile(path: string): Promise<Source> {
  const file = path === '-' ? 'stdin' : path;
  const bytes = path === '-' ? await readStdin() : await readPath(path);
  return { file, text: decoded(bytes, file) };
}

async function readPath(path: string): Promise<Buffer> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const about = await handle.stat();
    if (about.isDirectory()) throw unreadable(path, 'is a directory', 'Name the topology file inside it.');
    return await readBounded(handle.createReadStream({ autoClose: false, highWaterMark: 65_536 }), path);
  } catch (error) {
    throw explained(path, error);
  } finally {
    await handle?.close();
  }
}

async function readStdin(): Promise<Buffer> {
  try {
    return await readBounded(createReadStream('', { fd: STDIN, autoClose: false }), 'stdin');
  } catch (error) {
    throw explained('stdin', error);
  }
}

/** Bounded while reading: the size of a pipe or a growing file is not known before. */
async function readBounded(stream: AsyncIterable<Buffer>, file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_FILE_BYTES) {
      throw unreadable(
        file,
        `is larger than ${String(MAX_FILE_BYTES / 1024 / 1024)} MiB`,
        'Is it really a topology file? If so, split it into several topologies.',
      );
    }
  }
  return Buffer.concat(chunks);
}

function decoded(bytes: Buffer, file: string): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw unreadable(file, 'is not UTF-8 but UTF-16', 'Save it as UTF-8 in your editor.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(
      file,
      'is not UTF-8 text',
      'Is it really a topology file? If so, save it as UTF-8 in your editor.',
      error,
    );
  }
}

const REASONS: Readonly<Record<string, readonly [problem: string, advice: string]>> = {
  ENOENT: ['does not exist', 'Check the path; it is looked up from the folder that the command runs in.'],
  ENOTDIR: ['does not exist: a part of its path is a file', 'Check the path.'],
  EISDIR: ['is a directory', 'Name the topology file inside it.'],
  EACCES: ['may not be read', 'Give yourself the right to read it, or run as a user who has it.'],
  EPERM: ['may not be read', 'Give yourself the right to read it, or run as a user who has it.'],
  ELOOP: ['is a symbolic link that leads back to itself', 'Check the link.'],
  ENAMETOOLONG: ['has too long a name', 'Check the path.'],
};

function explained(file: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const [problem, advice] = REASONS[code] ?? [
    `could not be read (${code === '' ? String(error) : code})`,
    'Check the path and the disk.',
  ];
  return unreadable(file, problem, advice, error);
}

function unreadable(file: string, problem: string, advice: string, cause?: unknown): Failure {
  return new Failure('file-unreadable', `${visibleText(file)} ${problem}`, { detail: advice, cause });
}
