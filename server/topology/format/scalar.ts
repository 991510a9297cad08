/**
 * Single values as text: without quotes where every reader of YAML takes them for the same text without, in double quotes
 * otherwise (single ones where the text itself is full of double quotes and backslashes).
 */
import { isAlias, isScalar, type Alias, type ParsedNode, type Scalar } from 'yaml';
import { visibleText } from '../../core/visible-text.ts';
import { canonicalText, isColonText, type Meaning } from './canonical.ts';

export interface ScalarContext {
  readonly meaning: Meaning;
  /** Between brackets, where a comma ends a value. */
  readonly flow: boolean;
}

/** Characters that show as nothing, or turn the reading direction: written as escapes. */
const HIDDEN = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]/g;

const CORE_TAG = 'tag:yaml.org,2002:';

/** One line, whatever the value; with its anchor and tag. */
export function scalarText(node: Scalar.Parsed | Alias.Parsed, text: string, context: ScalarContext): string {
  if (!isScalar(node)) return `*${node.source}`;
  const props = propsText(node);
  const value = valueText(node, text, context);
  return value === '' ? props : `${props}${props === '' ? '' : ' '}${value}`;
}

/** `&base !!str`, or nothing. */
export function propsText(node: ParsedNode): string {
  if (isAlias(node)) return '';
  const anchor = node.anchor === undefined ? [] : [`&${node.anchor}`];
  const tag = node.tag?.startsWith(CORE_TAG) === true ? [`!!${node.tag.slice(CORE_TAG.length)}`] : [];
  return [...anchor, ...tag].join(' ');
}

function valueText(node: Scalar.Parsed, text: string, context: ScalarContext): string {
  const { value, source } = node;
  if (typeof value === 'string' && node.tag === undefined)
    return stringText(canonicalText(value, context.meaning), context.flow);
  if (typeof value === 'boolean' && node.tag === undefined) return String(value);
  // A number counts as written (`010` is not 10), and a tag says how what is written is to be read.
  const [start, end] = node.range;
  const written = text.slice(start, end);
  return /[\r\n]/.test(written) ? stringText(source, context.flow) : written;
}

/** A key as it stands before its colon. */
export function keyText(key: ParsedNode, text: string, flow: boolean): string {
  if (!isScalar(key)) throw new TypeError('a key that is no scalar');
  const isText = typeof key.value === 'string' || key.source === '';
  if (!isText || key.tag !== undefined) return scalarText(key, text, { meaning: 'free', flow });
  return [propsText(key), wordText(keyName(key), flow)].filter((part) => part !== '').join(' ');
}

/** A key is always text: `on` and `n` stand as the language has them, although YAML 1.1 takes them for yes and no. */
function wordText(name: string, flow: boolean): string {
  return /^(on|off|yes|no|y|n)$/i.test(name) ? name : stringText(name, flow);
}

export function keyName(key: ParsedNode): string {
  return isScalar(key) && typeof key.value === 'string' ? key.value : '';
}

export function stringText(text: string, flow: boolean): string {
  if (isPlain(text, flow)) return text;
  const single = /["\\]/.test(text) && !text.includes("'") && visibleText(text) === text;
  return single ? `'${text}'` : jsonText(text);
}

/** A JSON string is a double-quoted YAML string too. */
export function jsonText(text: string): string {
  return JSON.stringify(text).replace(HIDDEN, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function isPlain(text: string, flow: boolean): boolean {
  if (text === '' || text.trim() !== text || visibleText(text) !== text) return false;
  if (/^[-?:,[\]{}#&*!|>'"%@`]/.test(text) || /[[\]{}]|:\s|:$|\s#/.test(text)) return false;
  if (flow && text.includes(',')) return false;
  return !isColonText(text) && !OTHERWISE.some((form) => form.test(text));
}

/** What YAML 1.2 or the still common YAML 1.1 reads as something else than text. */
const OTHERWISE: readonly RegExp[] = [
  /^(y|yes|n|no|on|off|true|false|null|~|=|<<)$/i,
  /^[-+]?(0x[0-9a-f_]+|0o?[0-7_]+|0b[01_]+)$/i,
  /^[-+]?(\d[\d_]*)?\.?[\d_]*(e[-+]?\d+)?$/i,
  /^[-+]?\.(inf|nan)$/i,
  /^[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?$/,
  /^\d{4}-\d\d?-\d\d?([Tt\s].*)?$/,
  /^(---|\.\.\.)/,
];

/** A block of text (`|`, `>`) moved to another indentation; `null` where that could change what it says. */
export function blockLines(node: Scalar.Parsed, text: string, indent: string): readonly string[] | null {
  const [header = '', ...body] = text.slice(node.range[0], node.range[1]).split(/\r\n|\n/);
  const sign = /^([|>]-?)\s*(#.*)?$/.exec(header)?.[1];
  const first = body.find((line) => line.trim() !== '');
  if (sign === undefined || first === undefined) return null;
  const depth = first.search(/[^ ]/);
  const margin = ' '.repeat(depth);
  const even = body.every((line) => (line.trim() === '' ? line.length <= depth : line.startsWith(margin)));
  if (depth === 0 || !even || first.charAt(depth) === '\t') return null;
  const lines = body.map((line) => (line.trim() === '' ? '' : `${indent}${line.slice(depth)}`));
  while (lines.at(-1) === '') lines.pop();
  return [sign, ...lines];
}
