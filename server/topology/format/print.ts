/**
 * YAML nodes → lines in normal form. Every comment keeps its neighbour: those above a line stay above it, one behind a line
 * stays behind it. What was written between brackets stays so if it fits on its line and holds no comment; everything
 * else gets lines of its own.
 */
import { isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap, type YAMLSeq } from 'yaml';
import { meaningBelow, type Meaning } from './canonical.ts';
import type { Comments } from './comments.ts';
import { flowText } from './flow.ts';
import type { Layout, Output } from './lines.ts';
import { blockLines, keyName, keyText, propsText, scalarText } from './scalar.ts';

export const WIDTH = 110;
const STEP = '  ';

export interface Printer {
  readonly layout: Layout;
  readonly comments: Comments;
  readonly output: Output;
}

/** Where a part stands: how far in, what its values mean, and where the next thing behind it begins. */
export interface Standing {
  readonly indent: string;
  readonly meaning: Meaning;
  readonly limit: number;
  /** Column of what holds it; 0 at the top. A comment further in belongs to the part, others to what comes next. */
  readonly outside: number;
}

export type Entry = Pair<ParsedNode, ParsedNode | null>;
export type Collection = YAMLMap.Parsed | YAMLSeq.Parsed;

export function printEntry(entry: Entry, standing: Standing, printer: Printer): void {
  const { layout, output } = printer;
  const { key } = entry;
  const start = key.range[0];
  const gap = layout.hasGap(start);
  const heading = `${keyText(key, layout.text, false)}:`;
  const below: Standing = { ...standing, meaning: meaningBelow(standing.meaning, keyName(key)) };
  const value = entry.value;
  putComments(printer, standing.indent, (offset) => offset < start);
  const onLine = oneLine(value, below, standing.indent.length + heading.length + 1, printer);
  if (onLine !== null) {
    const behind = behindLine(value?.range[1] ?? key.range[1], standing, printer);
    output.put(standing.indent, [heading, onLine, behind].filter((part) => part !== '').join(' '), gap);
    return;
  }
  if (isScalar(value)) {
    putBlockText(heading, value, below, printer, gap);
    return;
  }
  if (!isCollection(value)) throw new TypeError('a value that is neither on a line nor a collection');
  const line = layout.lineOf(key.range[1]);
  const leaf = firstLeaf(value);
  const head =
    printer.comments.takeNext((each) => !each.alone && each.offset < leaf && layout.lineOf(each.offset) === line) ??
    closingComment(value, standing, printer);
  output.put(
    standing.indent,
    [heading, propsText(value), head?.text ?? ''].filter((part) => part !== '').join(' '),
    gap,
  );
  printItems(value, { ...below, indent: standing.indent + STEP, outside: layout.columnOf(start) }, printer);
}

function printItem(item: ParsedNode | null, start: number, standing: Standing, printer: Printer): void {
  const { layout, output } = printer;
  const gap = layout.hasGap(item === null ? start : item.range[0]);
  putComments(printer, standing.indent, (offset) => offset < (item === null ? start : firstLeaf(item)));
  const onLine = oneLine(item, standing, standing.indent.length + 2, printer);
  if (onLine !== null) {
    const behind = behindLine(item?.range[1] ?? start, standing, printer);
    output.put(standing.indent, ['-', onLine, behind].filter((part) => part !== '').join(' '), gap);
    return;
  }
  if (isScalar(item)) {
    putBlockText('-', item, standing, printer, gap);
    return;
  }
  if (!isCollection(item)) throw new TypeError('an item that is neither on a line nor a collection');
  const closing = closingComment(item, standing, printer);
  if (closing !== undefined) output.above(standing.indent, closing.text, gap);
  const props = propsText(item);
  const open = gap && closing === undefined;
  if (props === '') output.lead(standing.indent, '- ', open);
  else output.put(standing.indent, `- ${props}`, open);
  const outside = layout.columnOf(item.range[0]) - 1;
  printItems(item, { ...standing, indent: standing.indent + STEP, outside }, printer);
}

/** The entries or items of a collection, each on lines of its own, and the comments behind the last. */
export function printItems(node: Collection, standing: Standing, printer: Printer): void {
  const { layout, output, comments } = printer;
  const [start, end] = node.range;
  const limit = isFlow(node) ? end : standing.limit;
  output.begin();
  const starts = isMap(node)
    ? (node.items as Entry[]).map(({ key }) => key.range[0])
    : node.items.map((item) => startOf(item, start));
  starts.forEach((at, index) => {
    const inner = { ...standing, limit: starts[index + 1] ?? limit };
    if (isMap(node)) printEntry(node.items[index] as Entry, inner, printer);
    else printItem(node.items[index] ?? null, at, inner, printer);
  });
  const column = layout.columnOf(start);
  const belongs = (offset: number): boolean => {
    const at = layout.columnOf(offset);
    return isFlow(node) ? offset < end : at >= column && at > standing.outside && offset < limit;
  };
  for (const each of comments.takeWhile(({ offset }) => belongs(offset)))
    output.put(standing.indent, each.text, layout.hasGap(each.offset));
}

/** The value as it stands behind its key or dash; `null` where it takes lines of its own. */
function oneLine(
  node: ParsedNode | null,
  { meaning }: Standing,
  column: number,
  { layout, comments }: Printer,
): string | null {
  if (node === null) return '';
  if (isAlias(node)) return scalarText(node, layout.text, { meaning, flow: false });
  if (isScalar(node)) {
    const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
    return isBlock && blockLines(node, layout.text, '') !== null
      ? null
      : scalarText(node, layout.text, { meaning, flow: false });
  }
  if (!isCollection(node) || !isFlow(node)) return null;
  if (node.items.length > 0 && comments.has(node.range[0], node.range[1])) return null;
  const text = flowText(node, layout.text, meaning);
  return node.items.length === 0 || column + text.length <= WIDTH ? text : null;
}

function putBlockText(
  heading: string,
  node: Parameters<typeof blockLines>[0],
  { indent }: Standing,
  printer: Printer,
  gap: boolean,
): void {
  const { layout, output } = printer;
  const [sign = '', ...lines] = blockLines(node, layout.text, indent + STEP) ?? [];
  putComments(printer, indent, (offset) => offset < node.range[1]);
  output.put(indent, [heading, propsText(node), sign].filter((part) => part !== '').join(' '), gap);
  for (const line of lines) output.put('', line, false);
}

/** Comments inside of what became one line, and the one behind it: the last goes behind, the others above. */
function behindLine(end: number, standing: Standing, printer: Printer): string {
  const { layout, comments, output } = printer;
  const inside = comments.takeWhile(({ offset }) => offset < end);
  const line = layout.lineOf(end);
  const behind = comments.takeNext(
    (each) => !each.alone && each.offset < standing.limit && layout.lineOf(each.offset) === line,
  );
  const all = behind === undefined ? inside : [...inside, behind];
  for (const each of all.slice(0, -1)) output.above(standing.indent, each.text, false);
  return all.at(-1)?.text ?? '';
}

function closingComment(node: Collection, standing: Standing, { layout, comments }: Printer) {
  if (!isFlow(node)) return undefined;
  const end = node.range[1];
  const line = layout.lineOf(end);
  return comments.takeAhead(
    end,
    (each) => !each.alone && each.offset < standing.limit && layout.lineOf(each.offset) === line,
  );
}

export function putComments(
  { layout, comments, output }: Printer,
  indent: string,
  isMeant: (offset: number) => boolean,
): void {
  for (const each of comments.takeWhile(({ offset }) => isMeant(offset)))
    output.above(indent, each.text, layout.hasGap(each.offset));
}

/** Where the first key or value inside begins: a comment before it would come between a dash and what follows it. */
function firstLeaf(node: ParsedNode): number {
  if (isMap(node)) return (node.items[0] as Entry | undefined)?.key.range[0] ?? node.range[0];
  const first = isSeq(node) ? (node.items[0] as ParsedNode | null | undefined) : undefined;
  return first === undefined || first === null ? node.range[0] : firstLeaf(first);
}

function startOf(item: unknown, otherwise: number): number {
  return (item as ParsedNode | null)?.range[0] ?? otherwise;
}

export function isCollection(node: ParsedNode | null): node is Collection {
  return isMap(node) || isSeq(node);
}

function isFlow(node: Collection): boolean {
  return node.flow === true;
}
