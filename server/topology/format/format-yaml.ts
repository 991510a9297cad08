/** A YAML file in normal form: its sections in their order, an empty line between them, each as `print.ts` has it. */
import { Composer, isAlias, isMap, Parser, visit, type Document, type ParsedNode } from 'yaml';
import { countLines } from '../yaml/read-yaml.ts';
import { SECTIONS } from './canonical.ts';
import { commentsOf, queueComments, type Comment } from './comments.ts';
import { flowText } from './flow.ts';
import { collectLines, layoutOf, type Layout } from './lines.ts';
import { isCollection, printEntry, printItems, putComments, type Entry, type Printer } from './print.ts';
import { propsText, scalarText, keyName } from './scalar.ts';

export interface ParsedText {
  readonly text: string;
  readonly root: ParsedNode;
  readonly comments: readonly Comment[];
  readonly hasAliases: boolean;
  readonly layout: Layout;
}

/** Of a text that was read without a problem. */
export function parseText(text: string): ParsedText {
  const tokens = [...new Parser().parse(text)];
  const options = { uniqueKeys: false, schema: 'core', version: '1.2', merge: false, resolveKnownTags: false } as const;
  const [document] = new Composer({ ...options, logLevel: 'silent' }).compose(tokens, true, text.length);
  if (document?.contents == null) throw new TypeError('no document in a text that was read before');
  return {
    text,
    root: document.contents,
    comments: commentsOf(tokens, text),
    hasAliases: hasAliases(document),
    layout: layoutOf(text, countLines(text)),
  };
}

function hasAliases(document: Document.Parsed): boolean {
  let found = false;
  visit(document, {
    Alias() {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

export function formatYaml(parsed: ParsedText): string {
  const { root } = parsed;
  return isMap(root) && root.items.length > 0 ? formatSections(parsed, root.items) : formatOther(parsed);
}

function formatSections(
  { root, comments, hasAliases: inOrder, layout }: ParsedText,
  entries: readonly Entry[],
): string {
  const header = headerOf(comments, entries[0]?.key.range[0] ?? Infinity, layout);
  const queue = queueComments(comments.slice(header.length));
  const sections = entries.map((entry, index) => {
    const output = collectLines();
    const limit = entries[index + 1]?.key.range[0] ?? Infinity;
    printEntry(entry, { indent: '', meaning: 'root', limit, outside: 0 }, { layout, comments: queue, output });
    return { name: keyName(entry.key), lines: output.lines };
  });
  const ordered = inOrder ? sections : sorted(sections);
  const props = propsText(root);
  const top = collectLines();
  for (const each of comments.slice(0, header.length)) top.put('', each.text, layout.hasGap(each.offset));
  if (props !== '') top.put('', props, false);
  const end = collectLines();
  const gap = header.gap || (header.length > 0 && ordered[0] !== sections[0]);
  return joined(top.lines, gap, ordered, footer({ layout, comments: queue, output: end }));
}

/** A file that is no map is wrong, and formatted all the same. */
function formatOther({ text, root, comments, layout }: ParsedText): string {
  const queue = queueComments(comments);
  const output = collectLines();
  const printer: Printer = { layout, comments: queue, output };
  const standing = { indent: '', meaning: 'free', limit: Infinity, outside: 0 } as const;
  const top = collectLines();
  putComments({ ...printer, output: top }, '', (offset) => offset < root.range[0]);
  if (isCollection(root) && root.items.length > 0) {
    const props = propsText(root);
    if (props !== '') output.put('', props, false);
    printItems(root, standing, printer);
  } else if (isCollection(root)) output.put('', flowText(root, text, 'free'), false);
  else if (!isAlias(root)) output.put('', scalarText(root, text, { meaning: 'free', flow: false }), false);
  return joined(
    top.lines,
    layout.hasGap(root.range[0]),
    [{ name: '', lines: output.lines }],
    footer({ ...printer, output: collectLines() }),
  );
}

interface Section {
  readonly name: string;
  readonly lines: readonly string[];
}

/** What is not known stands behind what is, in the order of the file. */
function sorted(sections: readonly Section[]): readonly Section[] {
  const rank = ({ name }: Section): number => (SECTIONS.includes(name) ? SECTIONS.indexOf(name) : SECTIONS.length);
  return [...sections].sort((a, b) => rank(a) - rank(b));
}

/**
 * How many comments above the first key belong to the file and not to the key: those with an empty line below them, and the one
 * that names a schema to an editor. `gap`: whether that empty line is there.
 */
function headerOf(comments: readonly Comment[], start: number, layout: Layout): { length: number; gap: boolean } {
  const above = comments.filter(({ offset }) => offset < start);
  const gaps = above.map((_, index) => layout.hasGap(above[index + 1]?.offset ?? start));
  const length = gaps.lastIndexOf(true) + 1;
  if (length > 0) return { length, gap: true };
  return { length: above[0]?.text.startsWith('# yaml-language-server:') === true ? 1 : 0, gap: false };
}

/** Comments behind everything. */
function footer(printer: Printer): readonly string[] {
  const { comments, output, layout } = printer;
  const rest = comments.takeWhile(() => true);
  // The first line of an output never has a gap above it.
  if (rest[0] !== undefined && layout.hasGap(rest[0].offset)) output.lines.push('');
  for (const each of rest) output.put('', each.text, layout.hasGap(each.offset));
  return output.lines;
}

function joined(header: readonly string[], gap: boolean, sections: readonly Section[], end: readonly string[]): string {
  const body = sections.flatMap(({ name, lines }, index) => {
    const before = sections[index - 1]?.name;
    const together = before === 'topology' && name === 'description' && lines[0]?.startsWith('#') !== true;
    const separate = index === 0 ? gap && header.length > 0 : !together;
    return separate ? ['', ...lines] : lines;
  });
  return `${[...header, ...body, ...end].join('\n')}\n`;
}
