import type { Diagnostic } from '../../server/core/diagnostic.ts';
import { compileModel } from '../../server/model/compile.ts';
import { readTopology } from '../../server/topology/read.ts';

/** What is wrong with the text of a topology file: what every file of this folder is held against. */
export function checkText(file: string, text: string): readonly Diagnostic[] {
  const { topology, diagnostics } = readTopology({ file, text });
  return topology === null ? diagnostics : [...diagnostics, ...compileModel(topology).diagnostics];
}
