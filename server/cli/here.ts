import { readFile } from 'node:fs/promises';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Model } from '../flow/model.ts';
import { NOTHING, readAhead } from '../run/ahead.ts';
import type { Ahead } from '../run/ahead.ts';
import type { Answer } from './context.ts';
import { onlyTopologyHere, withModel } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';
import type { WithoutOption } from './without.ts';

/**
 * Like `withModel`, and reads this machine meanwhile where the file is about it: `through` is for the connections that `next` is
 * going to use.
 * @param lock whether they will ask for the lock.
 */
export async function withModelAndHere(
  file: string | undefined,
  options: CommonOptions & WithoutOption,
  lock: boolean,
  next: (model: Model, diagnostics: readonly Diagnostic[], through: Ahead['through']) => Promise<Answer>,
): Promise<Answer> {
  const path = file ?? (await onlyTopologyHere());
  const whole = options.lab !== true && options.host === undefined && options.without === undefined && path !== '-';
  const ahead = whole ? readAhead(await readFile(path, 'utf8').catch(() => ''), lock) : NOTHING;
  try {
    return await withModel(path, options, (model, diagnostics) => next(model, diagnostics, ahead.through));
  } finally {
    await ahead.end();
  }
}
