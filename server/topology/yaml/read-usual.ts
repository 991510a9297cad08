/**
 * Text → located tree, for the YAML that topologies are usually written in: maps and lists as blocks or in brackets, words, and
 * quotes without escapes, each on one line. Answers `null` for all else and wherever something may be wrong: the library then
 * reads the text from its start, and what it says counts. What comes from here is what the library would have answered, without
 * a problem, in a tenth of the time: it makes an object of every space and builds three trees, one of the other.
 */
import type { Place } from '../../core/place.ts';
import { MAX_BRACKETS, MAX_DEPTH, MAX_PIECES } from '../limits.ts';
import type { ListNode, MapEntry, MapNode, ScalarNode, TreeNode } from '../tree.ts';
import { DOUBLE_QUOTED, FLOW_WORD, SINGLE_QUOTED, UNUSUAL, WORD, wordValue } from './usual-words.ts';

interface Cursor {
  readonly file: string;
  readonly text: string;
  at: number;
  line: number;
  lineStart: number;
  /** Never fewer than the library would count. */
  pieces: number;
  brackets: number;
}

interface Key {
  readonly text: string;
  readonly place: Place;
  readonly inside: Place;
}

/** What a word may hold: in brackets, commas and brackets end it. */
type Within = 'block' | 'flow';

const NEW_LINE = 0x0a;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const HASH = 0x23;
const SINGLE_QUOTE = 0x27;
const COMMA = 0x2c;
const DASH = 0x2d;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;

/** YAML wants a key to end within 1024 characters. */
const MAX_KEY_LENGTH = 500;

export function readUsual(file: string, text: string): TreeNode | null {
  if (UNUSUAL.test(text)) return null;
  const cursor: Cursor = { file, text, at: 0, line: 1, lineStart: 0, pieces: 0, brackets: 0 };
  if (!toContent(cursor)) return null;
  const root = isOpening(codeAt(cursor)) ? wholeLine(cursor, readFlow(cursor, -1, 1)) : readBlock(cursor, 1);
  return cursor.at >= text.length && !isTooLarge(cursor) ? root : null;
}

/** Asked all along, so that of a file that will be refused nothing large is made first. */
function isTooLarge({ pieces, brackets }: Cursor): boolean {
  return pieces > MAX_PIECES || brackets > MAX_BRACKETS;
}

/**
 * From the first sign of a block; ends at the first sign behind it that is neither space nor comment, wherever in its line that
 * is: where it belongs to none of the blocks that are open (a word of several lines, a false column), nobody reads on.
 */
function readBlock(cursor: Cursor, depth: number): TreeNode | null {
  if (depth >= MAX_DEPTH) return null;
  return isItem(cursor) ? readBlockList(cursor, depth) : readBlockMap(cursor, depth);
}

function readBlockMap(cursor: Cursor, depth: number): MapNode | null {
  const indent = columnOf(cursor);
  const place = placeOf(cursor);
  const entries = new Map<string, MapEntry>();
  do {
    const key = readKey(cursor, 'block');
    if (key === null) return null;
    const value = readBlockValue(cursor, indent, depth);
    if (value === null || !addEntry(entries, key, value)) return null;
  } while (cursor.at < cursor.text.length && columnOf(cursor) === indent);
  return { type: 'map', place, entries };
}

/** What stands behind a key: on its line, or as a block on the following lines. */
function readBlockValue(cursor: Cursor, indent: number, depth: number): TreeNode | null {
  skipSpaces(cursor);
  if (!isLineEnd(cursor)) return wholeLine(cursor, readInline(cursor, indent, depth));
  if (!toContent(cursor)) return null;
  const column = columnOf(cursor);
  const inside = column > indent || (column === indent && isItem(cursor));
  return inside ? readBlock(cursor, depth + 1) : null;
}

function readBlockList(cursor: Cursor, depth: number): ListNode | null {
  const indent = columnOf(cursor);
  const place = placeOf(cursor);
  const items: TreeNode[] = [];
  do {
    cursor.at += 1;
    cursor.pieces += 2;
    skipSpaces(cursor);
    if (isLineEnd(cursor)) return null;
    const item = isKeyAhead(cursor)
      ? readBlock(cursor, depth + 1)
      : wholeLine(cursor, readInline(cursor, indent, depth));
    if (item === null) return null;
    items.push(item);
  } while (cursor.at < cursor.text.length && columnOf(cursor) === indent && isItem(cursor));
  return { type: 'list', place, items };
}

function readInline(cursor: Cursor, indent: number, depth: number): TreeNode | null {
  return isOpening(codeAt(cursor)) ? readFlow(cursor, indent, depth + 1) : readScalar(cursor, 'block');
}

/** Behind a value nothing more stands on its line but a comment; goes on to what comes next. */
function wholeLine<Value>(cursor: Cursor, value: Value | null): Value | null {
  if (value === null) return null;
  const { at } = cursor;
  skipSpaces(cursor);
  if (!isLineEnd(cursor) || (codeAt(cursor) === HASH && cursor.at === at)) return null;
  toContent(cursor);
  return value;
}

function readFlow(cursor: Cursor, indent: number, depth: number): TreeNode | null {
  if (depth >= MAX_DEPTH || isTooLarge(cursor)) return null;
  cursor.brackets += 1;
  return codeAt(cursor) === OPEN_MAP ? readFlowMap(cursor, indent, depth) : readFlowList(cursor, indent, depth);
}

function readFlowMap(cursor: Cursor, indent: number, depth: number): MapNode | null {
  const place = placeOf(cursor);
  const entries = new Map<string, MapEntry>();
  const closed = readBracket(cursor, indent, CLOSE_MAP, () => {
    const key = readKey(cursor, 'flow');
    if (key === null || !toFlowContent(cursor, indent)) return false;
    const value = readFlowValue(cursor, indent, depth);
    return value !== null && addEntry(entries, key, value);
  });
  return closed ? { type: 'map', place, entries } : null;
}

function readFlowList(cursor: Cursor, indent: number, depth: number): ListNode | null {
  const place = placeOf(cursor);
  const items: TreeNode[] = [];
  const closed = readBracket(cursor, indent, CLOSE_LIST, () => {
    const value = readFlowValue(cursor, indent, depth);
    if (value !== null) items.push(value);
    return value !== null;
  });
  return closed ? { type: 'list', place, items } : null;
}

/** From the opening sign to behind the closing one. */
function readBracket(cursor: Cursor, indent: number, close: number, readMember: () => boolean): boolean {
  do {
    cursor.at += 1;
    cursor.pieces += 2;
    if (!toFlowContent(cursor, indent)) return false;
    if (codeAt(cursor) === close) break;
    if (!readMember() || !toFlowContent(cursor, indent)) return false;
  } while (codeAt(cursor) === COMMA);
  if (codeAt(cursor) !== close) return false;
  cursor.at += 1;
  cursor.pieces += 2;
  return true;
}

function readFlowValue(cursor: Cursor, indent: number, depth: number): TreeNode | null {
  return isOpening(codeAt(cursor)) ? readFlow(cursor, indent, depth + 1) : readScalar(cursor, 'flow');
}

/** Lines within brackets stand further to the right than what they belong to. */
function toFlowContent(cursor: Cursor, indent: number): boolean {
  skipSpaces(cursor);
  while (codeAt(cursor) === NEW_LINE) {
    nextLine(cursor, cursor.at);
    skipSpaces(cursor);
    if (columnOf(cursor) <= indent && codeAt(cursor) !== NEW_LINE) return false;
  }
  return cursor.at < cursor.text.length;
}

/** A key with its colon. */
function readKey(cursor: Cursor, within: Within): Key | null {
  const place = placeOf(cursor);
  const start = cursor.at;
  const first = codeAt(cursor);
  const end = endOfScalar(cursor, first, within);
  if (end < 0 || end - start > MAX_KEY_LENGTH || isTooLarge(cursor)) return null;
  const quotes = isQuote(first) ? 1 : 0;
  const text = cursor.text.slice(start + quotes, end - quotes);
  cursor.at = end;
  if (codeAt(cursor) !== COLON || text === '<<') return null;
  cursor.at += 1;
  cursor.pieces += 5;
  const behind = codeAt(cursor);
  if (behind !== SPACE && behind !== NEW_LINE) return null;
  return { text, place, inside: insideOf(place, quotes) };
}

function isKeyAhead(cursor: Cursor): boolean {
  const first = codeAt(cursor);
  if (isOpening(first)) return false;
  const end = endOfScalar(cursor, first, 'block');
  return end >= 0 && cursor.text.charCodeAt(end) === COLON;
}

function readScalar(cursor: Cursor, within: Within): ScalarNode | null {
  const first = codeAt(cursor);
  const end = endOfScalar(cursor, first, within);
  if (end < 0 || isTooLarge(cursor)) return null;
  const place = placeOf(cursor);
  const quotes = isQuote(first) ? 1 : 0;
  const text = cursor.text.slice(cursor.at + quotes, end - quotes);
  const value = quotes === 1 ? text : wordValue(text);
  if (value === undefined) return null;
  cursor.at = end;
  cursor.pieces += 3;
  return { type: 'scalar', value, text, place, inside: insideOf(place, quotes) };
}

/** Offset behind the word or the closing quote; -1 where none begins here. */
function endOfScalar({ text, at }: Cursor, first: number, within: Within): number {
  const form = first === DOUBLE_QUOTE ? DOUBLE_QUOTED : first === SINGLE_QUOTE ? SINGLE_QUOTED : wordForm(within);
  form.lastIndex = at;
  if (!form.test(text)) return -1;
  let end = form.lastIndex;
  while (text.charCodeAt(end - 1) === SPACE) end -= 1;
  return end;
}

function wordForm(within: Within): RegExp {
  return within === 'flow' ? FLOW_WORD : WORD;
}

/** Adds nothing where the key is there already: the library says what is wrong then. */
function addEntry(entries: Map<string, MapEntry>, key: Key, value: TreeNode): boolean {
  if (entries.has(key.text)) return false;
  entries.set(key.text, { key: key.text, keyPlace: key.place, keyInside: key.inside, value });
  return true;
}

/** From anywhere before the end of a line to the next sign that is neither space nor comment; `false` at the end of the text. */
function toContent(cursor: Cursor): boolean {
  for (;;) {
    skipSpaces(cursor);
    if (!isLineEnd(cursor)) return true;
    const end = cursor.text.indexOf('\n', cursor.at);
    if (end < 0) {
      cursor.at = cursor.text.length;
      return false;
    }
    nextLine(cursor, end);
  }
}

function nextLine(cursor: Cursor, newLine: number): void {
  cursor.at = newLine + 1;
  cursor.lineStart = cursor.at;
  cursor.line += 1;
  cursor.pieces += 4;
}

function skipSpaces(cursor: Cursor): void {
  while (cursor.text.charCodeAt(cursor.at) === SPACE) cursor.at += 1;
}

function isLineEnd(cursor: Cursor): boolean {
  const code = codeAt(cursor);
  return code === NEW_LINE || code === HASH || cursor.at >= cursor.text.length;
}

function isItem({ text, at }: Cursor): boolean {
  return text.charCodeAt(at) === DASH && text.charCodeAt(at + 1) === SPACE;
}

function isOpening(code: number): boolean {
  return code === OPEN_MAP || code === OPEN_LIST;
}

function isQuote(code: number): boolean {
  return code === DOUBLE_QUOTE || code === SINGLE_QUOTE;
}

/** `NaN` behind the end. */
function codeAt({ text, at }: Cursor): number {
  return text.charCodeAt(at);
}

function columnOf({ at, lineStart }: Cursor): number {
  return at - lineStart;
}

function placeOf({ file, line, at, lineStart }: Cursor): Place {
  return { file, line, column: at - lineStart + 1 };
}

function insideOf(place: Place, quotes: number): Place {
  return quotes === 0 ? place : { ...place, column: place.column + quotes };
}
