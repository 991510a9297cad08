import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Failure } from '../core/failure.ts';

const STDERR = 2;

export interface OpenLog {
  readonly fd: number;
  close(): Promise<void>;
}

/**
 * Where `--log` writes: `-` is stderr, anything else a file that is added to, and made for its owner alone. It is opened here, since
 * the process that writes into it may open no file. Throws `file-unreadable`.
 */
export async function openLog(to: string | undefined): Promise<OpenLog | undefined> {
  if (to === undefined) return undefined;
  if (to === '-') return { fd: STDERR, close: () => Promise.resolve() };
  let file: FileHandle;
  try {
    file = await open(to, 'a', 0o600);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('file-unreadable', 'The log cannot be written.', { detail: why, cause });
  }
  return { fd: file.fd, close: () => file.close() };
}
