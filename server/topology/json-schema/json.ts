import type { Json } from '../../core/json.ts';

/** A JSON Schema, as plain JSON. */
export interface JsonSchema {
  readonly [keyword: string]: Json;
}

/** `Array.isArray` makes `any[]` of a list that is read-only. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** What is no schema says nothing. */
export function schemaOf(value: Json | undefined): JsonSchema {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {};
}
