/**
 * The last check before a file is replaced: what was read from the old text is what is read from the new one, and no comment was
 * lost. A formatter that fails here has a defect, and the file stays as it is.
 */
import { Failure } from '../../core/failure.ts';
import { canonicalJson, type Json } from '../../core/json.ts';
import { visibleText } from '../../core/visible-text.ts';
import { collectProblems } from '../problems.ts';
import type { TreeNode } from '../tree.ts';
import { readYaml, type Source } from '../yaml/read-yaml.ts';
import { canonicalText, meaningBelow, type Meaning } from './canonical.ts';
import { parseText } from './format-yaml.ts';

export function mustMeanTheSame(before: TreeNode, comments: readonly string[], after: Source): void {
  const problems = collectProblems();
  const tree = readYaml(after, problems);
  if (problems.sorted().some(({ code }) => code === 'too-large')) throw tooLarge(after.file);
  if (tree === null || canonicalJson(meaningOf(before, 'root')) !== canonicalJson(meaningOf(tree, 'root')))
    throw defect(after.file, 'what it says');
  const kept = parseText(after.text).comments.map(({ text }) => text);
  if (canonicalJson(comments.toSorted()) !== canonicalJson(kept.sort())) throw defect(after.file, 'its comments');
}

function meaningOf(node: TreeNode, meaning: Meaning): Json {
  if (node.type === 'list') return node.items.map((item) => meaningOf(item, meaning));
  if (node.type === 'map') {
    // As a list: a key may be `__proto__`.
    const entries = [...node.entries].map(([key, { value }]): Json => [
      key,
      meaningOf(value, meaningBelow(meaning, key)),
    ]);
    return meaning === 'root' ? entries.sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1)) : entries;
  }
  const { value, text } = node;
  // The reader takes a number in an unusual form for text.
  if (typeof value === 'number' && String(value) !== text) return text;
  return typeof value === 'string' ? canonicalText(value, meaning) : value;
}

/** Lines of their own take more room than brackets did. */
function tooLarge(file: string): Failure {
  return new Failure('file-wrong', `${visibleText(file)} would be too large in normal form`, {
    detail: 'It is as it was. Split it into several files, or let `for` repeat what is alike.',
  });
}

function defect(file: string, what: string): Failure {
  return new Failure('internal', `Formatting ${visibleText(file)} would have changed ${what}`, {
    detail: 'The file is as it was. This is a defect of Trunkline: please report it with the file.',
  });
}
