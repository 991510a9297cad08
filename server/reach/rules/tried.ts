import type { z } from 'zod';
import type { Json } from '../../core/json.ts';

/** By a schema of which the word is a key; a refusal of zod costs more than all of the look at it, and most are refused. */
export function tried<T>(
  schema: z.ZodType<T>,
  word: string,
  value: unknown,
): { readonly success: true; readonly data: T } | { readonly success: false } {
  return hasWord(value, word) ? schema.safeParse(value) : { success: false };
}

export function hasWord(value: unknown, word: string): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, word);
}
