/**
 * A JSON file in normal form: sections in their order, two spaces for each level, what was on one line stays there if it fits.
 * Other programs read such a file, so it is strict JSON afterwards, whatever was let pass before.
 */
import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { Failure } from '../../core/failure.ts';
import { visibleText } from '../../core/visible-text.ts';
import { canonicalText, meaningBelow, SECTIONS, type Meaning } from './canonical.ts';
import type { ParsedText } from './format-yaml.ts';
import { WIDTH, type Entry } from './print.ts';
import { jsonText, keyName } from './scalar.ts';

export function formatJson({ text, root, comments }: ParsedText, file: string): string {
  const [comment] = comments;
  if (comment !== undefined) throw noPlace(file, 'comments');
  const write = (node: ParsedNode | null, meaning: Meaning, indent: string, column: number): string => {
    if (node === null) return 'null';
    if (isAlias(node) || node.anchor !== undefined) throw noPlace(file, 'anchors and aliases');
    if (isScalar(node)) return scalarJson(node.value, node.source, meaning);
    const parts = partsOf(node, meaning).map(({ head, value, below }) => ({
      inline: () => head + write(value, below, indent, 0),
      own: () => `${indent}  ${head}${write(value, below, `${indent}  `, indent.length + 2 + head.length)}`,
    }));
    const [open, close] = isMap(node) ? (['{', '}'] as const) : (['[', ']'] as const);
    if (parts.length === 0) return `${open}${close}`;
    if (meaning !== 'root' && !text.slice(node.range[0], node.range[1]).includes('\n')) {
      const space = isMap(node) ? ' ' : '';
      const line = `${open}${space}${parts.map((part) => part.inline()).join(', ')}${space}${close}`;
      if (!line.includes('\n') && column + line.length <= WIDTH) return line;
    }
    return `${open}\n${parts.map((part) => part.own()).join(',\n')}\n${indent}${close}`;
  };
  return `${write(root, 'root', '', 0)}\n`;
}

interface Part {
  readonly head: string;
  readonly value: ParsedNode | null;
  readonly below: Meaning;
}

function partsOf(node: ParsedNode, meaning: Meaning): readonly Part[] {
  if (isSeq(node)) return node.items.map((value) => ({ head: '', value, below: meaning }));
  if (!isMap(node)) return [];
  const entries = [...(node.items as Entry[])];
  const rank = (name: string): number => (SECTIONS.includes(name) ? SECTIONS.indexOf(name) : SECTIONS.length);
  if (meaning === 'root') entries.sort((a, b) => rank(nameOf(a)) - rank(nameOf(b)));
  return entries.map((entry) => {
    const name = nameOf(entry);
    return { head: `${jsonText(name)}: `, value: entry.value, below: meaningBelow(meaning, name) };
  });
}

/** As the reader takes it: `10` and `true` are the text of a key too. */
function nameOf({ key }: Entry): string {
  return isScalar(key) && typeof key.value !== 'string' ? key.source : keyName(key);
}

function scalarJson(value: unknown, source: string, meaning: Meaning): string {
  if (typeof value === 'string') return jsonText(canonicalText(value, meaning));
  if (typeof value === 'boolean' || value === null) return String(value);
  // What is a number to YAML only (`0x10`) is text to the reader as well.
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(source) ? source : jsonText(source);
}

function noPlace(file: string, what: string): Failure {
  return new Failure('file-wrong', `${visibleText(file)} holds ${what}, which JSON has no place for`, {
    detail: 'Take them out, or let its name end in .yaml.',
  });
}
