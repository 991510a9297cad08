import type { z } from 'zod';
import { Failure } from '../core/failure.ts';

/**
 * Reads the JSON that iproute2 prints. `ip -j` leaves control bytes raw inside strings (a foreign alias with an escape byte
 * is enough), which JSON forbids: they are escaped first, so that nobody's name can stop an observation. Bytes that are not
 * UTF-8 become U+FFFD; such names are never given to a tool.
 */
export function parseToolJson(host: string, what: string, output: Buffer): unknown {
  const text = escapeControls(output).toString('utf8').trim();
  if (text === '') return [];
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure('observation', `What ${what} printed on ${host} is not JSON`, {
      detail: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

function escapeControls(bytes: Buffer): Buffer {
  let extra = 0;
  for (const byte of bytes) if (isRawControl(byte)) extra += 1;
  if (extra === 0) return bytes;
  const escaped = Buffer.alloc(bytes.length + extra * 5);
  let end = 0;
  for (const byte of bytes) {
    if (isRawControl(byte)) end += escaped.write(`\\u00${byte.toString(16).padStart(2, '0')}`, end, 'latin1');
    else escaped[end++] = byte;
  }
  return escaped.subarray(0, end);
}

/** Tab and line breaks are white space between JSON tokens; inside strings iproute2 does escape them. */
function isRawControl(byte: number): boolean {
  return byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13;
}

/** Checks a list element by element; a failing one is named with its path. */
export function checkEach<T>(host: string, what: string, schema: z.ZodType<T>, value: unknown): readonly T[] {
  if (!Array.isArray(value)) throw new Failure('observation', `What ${what} printed on ${host} is not a list`);
  return value.map((element, index) => {
    const result = schema.safeParse(element);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw new Failure('observation', `What ${what} printed on ${host} is not understood`, {
      detail: `element ${String(index)}, ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    });
  });
}
