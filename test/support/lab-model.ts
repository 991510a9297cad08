import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host, Model } from '../../server/flow/model.ts';
import { compileText } from '../../server/model/compile-file.ts';

/** The model of a topology that the tests of the lab bring up, after a change of its text. */
export function labModel(name: string, change: (text: string) => string = (text) => text): Model {
  const file = `${name}.yaml`;
  const text = change(readFileSync(join(import.meta.dirname, '../lab', file), 'utf8'));
  const { model, diagnostics } = compileText({ file, text });
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return model;
}

export function hostOf(model: Model, name: string): Host {
  const host = model.hosts.get(name);
  if (host === undefined) throw new Error(`no host ${name}`);
  return host;
}
