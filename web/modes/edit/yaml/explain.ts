/** Hover: (schema, text, position) → what the key there is for. */
import { scan } from './scan.ts';
import type { Schema } from './schema.ts';
import { flowText, formsAt, isList, schemaAt, takesText, wordOf } from './schema.ts';

export interface Explanation {
  /** Of the key. */
  readonly from: number;
  readonly to: number;
  readonly key: string;
  readonly meaning: string;
  readonly takes: string;
  readonly usual: string | null;
  readonly example: string | null;
}

/** `null` where no key of the language stands: names of things mean what the file says. */
export function explanationAt(root: Schema, text: string, position: number): Explanation | null {
  const entry = scan(text).entries.find(({ type, from, to }) => type === 'key' && from <= position && position <= to);
  const key = entry?.path.at(-1);
  if (entry === undefined || typeof key !== 'string') return null;
  const schema = schemaAt(root, entry.path);
  const meaning = wordOf(schema, 'description');
  if (schema === null || meaning === null) return null;
  const { examples, default: usual } = schema;
  const example = isList(examples) ? examples[0] : undefined;
  return {
    ...{ from: entry.from, to: entry.to, key, meaning },
    takes: takesText(root, formsAt(root, entry.path)),
    usual: usual === undefined ? null : flowText(usual),
    example: example === undefined ? null : `${key}: ${flowText(example)}`,
  };
}
