/** What a text would mean in the place of a file of the folder. Nothing is written. */
import { join } from 'node:path';
import { hasErrors } from '../core/diagnostic.ts';
import { compileText } from '../model/compile-file.ts';
import { judgeExpectations } from '../run/expectations.ts';
import { partReader } from '../topology/load.ts';
import { formatTopology } from '../topology/format/format.ts';
import type { Formatted } from '../topology/format/format.ts';
import type { Compiled, TopologyFolder } from './folder.ts';
import { inFolder } from './folder.ts';

export interface Drafts {
  /** What `check` says of it, expectations included. `undefined` where no topology of the folder is called that. */
  check(name: string, text: string): Promise<Compiled | undefined>;
  /** What `fmt` makes of it. */
  format(name: string, text: string): Formatted;
  /** The text of a part, by the path that it was read from; `null` where it cannot be read. */
  part(path: string): string | null;
}

export function openDrafts(path: string, folder: TopologyFolder): Drafts {
  const readPart = partReader(path);
  return {
    async check(name, text) {
      if (!(await folder.names()).includes(name)) return undefined;
      const { model, diagnostics, files } = compileText({ file: join(path, name), text }, { readPart });
      const judged = model === null || hasErrors(diagnostics) ? [] : judgeExpectations(model).diagnostics;
      return inFolder(path, { model, files, diagnostics: [...diagnostics, ...judged] });
    },
    format: (name, text) => formatTopology({ file: name, text }),
    part(file) {
      const read = readPart(file);
      return 'text' in read ? read.text : null;
    },
  };
}
