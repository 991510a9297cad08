import { Failure } from '../core/failure.ts';
import type { Check } from './shape.ts';

/**
 * Reads the JSON that iproute2 prints. `ip -j` leaves control bytes raw inside strings (a foreign alias with an escape byte
 * is enough), which JSON forbids: they are escaped first, so that nobody's name can stop an observation. Bytes that are not
 * UTF-8 become U+FFFD; such names are never given to a tool.
 */
export function parseToolJson(host: string, what: string, output: Buffer): unknown {
  const text = output.toString('utf8');
  // A tool that has nothing to tell prints an empty list: no bytes at all are no answer.
  if (text.trim() === '') throw new Failure('observation', `${capital(what)} printed nothing on ${host}`);
  try {
    return JSON.parse(escapeControls(text));
  } catch (error) {
    throw new Failure('observation', `What ${what} printed on ${host} is not JSON`, {
      detail: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

/** Tab and line breaks are white space between JSON tokens; inside strings iproute2 does escape them. */
const RAW_CONTROLS = /[\0-\u0008\u000b\u000c\u000e-\u001f]/g;

/** Bytes below 0x20 are part of no other character in UTF-8: it is the same before decoding and after. */
export function escapeControls(text: string): string {
  return text.replace(RAW_CONTROLS, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Checks a list element by element; a failing one is named with its path. */
export function checkEach<T>(host: string, what: string, check: Check<T>, value: unknown): readonly T[] {
  if (!Array.isArray(value)) throw new Failure('observation', `What ${what} printed on ${host} is not a list`);
  const list = value as readonly unknown[];
  for (const [index, element] of list.entries()) {
    const wrong = check(element);
    if (wrong === undefined) continue;
    throw new Failure('observation', `What ${what} printed on ${host} is not understood`, {
      detail: `element ${String(index)}: ${wrong}`,
    });
  }
  return list as readonly T[];
}
