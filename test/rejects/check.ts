import { join } from 'node:path';
import { diagnosticsText } from '../../server/core/diagnostic-text.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { judgeExpectations } from '../../server/run/expectations.ts';
import { partReader } from '../../server/topology/load.ts';

/** What a user is told of the text of a topology file: what every file of this folder is held against. */
export function checkText(file: string, text: string): string {
  const readPart = partReader(import.meta.dirname);
  const { model, diagnostics, sources } = compileText(
    { file, text },
    { readPart: (part) => plain(readPart(join(import.meta.dirname, part))) },
  );
  const texts = new Map(sources.map((source) => [source.file, source.text]));
  const judged = model === null ? [] : judgeExpectations(model).diagnostics;
  return diagnosticsText([...diagnostics, ...judged], { sourceOf: (each) => texts.get(each) });
}

/** Without the folder that the tests lie in. */
function plain<T extends object>(found: T): T {
  if (!('reason' in found)) return found;
  return { ...found, reason: String(found.reason).replaceAll(`${import.meta.dirname}/`, '') };
}
