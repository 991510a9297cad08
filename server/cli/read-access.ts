import { Failure } from '../core/failure.ts';
import type { Host } from '../flow/model.ts';
import { parseAccess } from '../topology/grammar/access.ts';

/** `--host ACCESS` of a verb that has no file: as `access` is written in one. */
export function readAccess(text: string): Pick<Host, 'name' | 'access'> {
  const read = parseAccess(text);
  if (!read.ok) throw new Failure('usage', read.problem.detail, { detail: read.problem.hint ?? '' });
  return { name: text, access: read.value };
}
