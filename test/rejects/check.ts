import type { Diagnostic } from '../../server/core/diagnostic.ts';
import { compileText } from '../../server/model/compile-file.ts';

/** What is wrong with the text of a topology file: what every file of this folder is held against. */
export function checkText(file: string, text: string): readonly Diagnostic[] {
  return compileText({ file, text }).diagnostics;
}
