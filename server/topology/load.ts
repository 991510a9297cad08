/** Topology files and their parts from the disk or from stdin, as text. What is wrong inside them is told by `read.ts`. */
import { closeSync, constants, createReadStream, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { sep } from 'node:path';
import { TextDecoder } from 'node:util';
import { Failure } from '../core/failure.ts';
import { quoted, visibleText } from '../core/visible-text.ts';
import type { ReadPart } from './expand/parts.ts';
import { MAX_FILE_BYTES } from './limits.ts';
import type { Source } from './yaml/read-yaml.ts';

const STDIN = 0;

/** Reads a file, or stdin for `-`. Throws `file-unreadable`. */
export async function loadTopologyFile(path: string): Promise<Source> {
  const file = path === '-' ? 'stdin' : path;
  const bytes = path === '-' ? await readStdin() : await readPath(path);
  return { file, text: decoded(bytes, file) };
}

/**
 * Reads the parts that a topology uses. Only regular files, so that nothing waits for a pipe or changes a device by being read.
 * @param within a folder that no part may lie outside of, by whatever links.
 */
export function partReader(within?: string): ReadPart {
  return (file) => {
    try {
      if (within !== undefined && !isWithin(realpathSync(file), realpathSync(within))) {
        const reason = `${quoted(file, 200)} lies outside the folder whose topologies are shown.`;
        return { reason, hint: 'move it into that folder' };
      }
      return { text: decoded(readRegular(file), file) };
    } catch (error) {
      const failure = explained(file, error);
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      const hint = missing ? 'the path is looked up from the folder of the file that uses it' : tamed(failure.detail);
      return { reason: `${failure.message}.`, hint };
    }
  };
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/** Advice as a hint is worded: without a capital and a full stop. */
function tamed(advice: string | undefined): string {
  const text = advice ?? 'check the path';
  return `${text.charAt(0).toLowerCase()}${text.slice(1).replace(/\.$/, '')}`;
}

function readRegular(file: string): Buffer {
  // Opening a pipe would otherwise wait for somebody to write to it.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const about = fstatSync(descriptor);
    if (about.isDirectory()) throw unreadable(file, 'is a directory', 'Name the file inside it.');
    if (!about.isFile()) throw unreadable(file, 'is no regular file', 'A part is a file with text in it.');
    const bytes = Buffer.alloc(MAX_FILE_BYTES + 1);
    let size = 0;
    for (;;) {
      const read = readSync(descriptor, bytes, size, bytes.length - size, null);
      size += read;
      if (size > MAX_FILE_BYTES) throw tooLarge(file);
      if (read === 0) return bytes.subarray(0, size);
    }
  } finally {
    closeSync(descriptor);
  }
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
    if (size > MAX_FILE_BYTES) throw tooLarge(file);
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

function tooLarge(file: string): Failure {
  return unreadable(
    file,
    `is larger than ${String(MAX_FILE_BYTES / 1024 / 1024)} MiB`,
    'Is it really a topology file? If so, split it into several topologies.',
  );
}

function unreadable(file: string, problem: string, advice: string, cause?: unknown): Failure {
  return new Failure('file-unreadable', `${visibleText(file)} ${problem}`, { detail: advice, cause });
}
