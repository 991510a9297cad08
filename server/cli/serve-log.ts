import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { LogLevel, LogOptions } from '../api/log.ts';
import { Failure } from '../core/failure.ts';

/** Where `--log` writes: `-` is stderr, anything else a file that is added to, and made for its owner alone. Throws `file-unreadable`. */
export async function openLog(to: string | undefined, level: LogLevel | undefined): Promise<LogOptions | undefined> {
  if (to === undefined) return undefined;
  if (to === '-') return { to: process.stderr, level };
  try {
    const file = await open(to, 'a', 0o600);
    return { to: createWriteStream(to, { fd: file }), level };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('file-unreadable', 'The log cannot be written.', { detail: why, cause });
  }
}
