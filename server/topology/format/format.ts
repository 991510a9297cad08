/**
 * In: the text of a topology file. Out: the same in normal form, or why it can't be read. Sections stand in the order of the
 * language with an empty line between them, two spaces for each level; what was written between brackets stays on its line
 * if it fits in 110 columns; addresses are canonical, quotes stand where they are needed; comments stay with their
 * neighbours. A file that is wrong in meaning is formatted all the same. JSON stays JSON.
 */
import type { Diagnostic } from '../../core/diagnostic.ts';
import { collectProblems } from '../problems.ts';
import { readYaml, type Source } from '../yaml/read-yaml.ts';
import { formatJson } from './format-json.ts';
import { formatYaml, parseText } from './format-yaml.ts';
import { mustMeanTheSame } from './same-meaning.ts';

export interface Formatted {
  /** `null` where the text is no YAML that topology files use; the diagnostics say why. */
  readonly text: string | null;
  readonly diagnostics: readonly Diagnostic[];
}

export function formatTopology(source: Source): Formatted {
  const problems = collectProblems();
  const tree = readYaml(source, problems);
  const diagnostics = problems.sorted();
  if (tree === null || diagnostics.length > 0) return { text: null, diagnostics };
  const parsed = parseText(source.text.replace(/^\uFEFF/, ''));
  const text = isJson(source) ? formatJson(parsed, source.file) : formatYaml(parsed);
  if (text !== source.text) {
    const comments = parsed.comments.map((each) => each.text);
    mustMeanTheSame(tree, comments, { file: source.file, text });
  }
  return { text, diagnostics };
}

/** By its name; what comes in by a pipe has none. */
function isJson({ file, text }: Source): boolean {
  if (file.endsWith('.json')) return true;
  return file === 'stdin' && /^\s*\{/.test(text) && isStrictJson(text);
}

function isStrictJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
