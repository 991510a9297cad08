/** Finding one's way in a schema: what may stand at a path. Several answers where a value has several forms. */
import type * as z from 'zod';
import type { TreePath } from '../tree.ts';

type Schema = z.core.$ZodType;

/** The forms that may stand at a path: strings, numbers, lists, maps; nothing that only wraps another one. */
export function schemasAt(root: Schema, path: TreePath): readonly Schema[] {
  let forms = formsOf(root);
  for (const step of path) forms = forms.flatMap((form) => inner(form, step)).flatMap(formsOf);
  return forms;
}

/** The keys that a map at this path may have. */
export function keysAt(root: Schema, path: TreePath): readonly string[] {
  return schemasAt(root, path).flatMap((form) => {
    const { def } = (form as z.core.$ZodTypes)._zod;
    return def.type === 'object' ? Object.keys(def.shape) : [];
  });
}

const SORTS: Partial<Record<z.core.$ZodTypeDef['type'], string>> = {
  string: 'text',
  number: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

/** What sort of value stands at this path: "text, a list or a map". */
export function sortsAt(root: Schema, path: TreePath): string {
  const sorts = schemasAt(root, path).map((form) => SORTS[form._zod.def.type]);
  const words = [...new Set(sorts.filter((sort) => sort !== undefined))];
  const last = words.pop() ?? 'nothing';
  return words.length === 0 ? last : `${words.join(', ')} or ${last}`;
}

function formsOf(schema: Schema): readonly Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'optional' || def.type === 'nullable') return formsOf(def.innerType);
  if (def.type === 'pipe') return formsOf(def.in);
  if (def.type === 'union') return def.options.flatMap(formsOf);
  return [schema];
}

function inner(schema: Schema, step: string | number): readonly Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'record') return [def.valueType];
  if (def.type === 'array') return typeof step === 'number' ? [def.element] : [];
  if (def.type !== 'object' || !Object.hasOwn(def.shape, step)) return [];
  const found = def.shape[step];
  return found === undefined ? [] : [found];
}
