/**
 * Text → located tree. YAML 1.2 core, one document; JSON is a part of it. Nothing here knows what the keys mean.
 * Answers `null` where the text is not usable as a whole; the problems then say why.
 */
import {
  Composer,
  isNode,
  Lexer,
  LineCounter,
  Parser,
  type CST,
  type Document,
  type ParsedNode,
  type YAMLError,
} from 'yaml';
import type { Place } from '../../core/place.ts';
import { visibleText } from '../../core/visible-text.ts';
import { MAX_BRACKETS, MAX_DEPTH, MAX_FILE_BYTES, MAX_PIECES, MAX_SYNTAX_PROBLEMS } from '../limits.ts';
import type { Problems } from '../problems.ts';
import type { TreeNode } from '../tree.ts';
import { controlCharacters } from './control-characters.ts';
import { readUsual } from './read-usual.ts';
import { treeOf } from './tree-of.ts';

export interface Source {
  readonly file: string;
  readonly text: string;
}

export function readYaml(source: Source, problems: Problems): TreeNode | null {
  const { file } = source;
  const text = source.text.startsWith('\uFEFF') ? source.text.slice(1) : source.text;
  const start: Place = { file, line: 1, column: 1 };
  if (text.length > MAX_FILE_BYTES) {
    problems.add('too-large', start, `The file has more than ${String(MAX_FILE_BYTES)} characters.`, {
      hint: 'split it into several topologies',
    });
    return null;
  }
  if (controlCharacters(file, text, problems)) return null;
  return readUsual(file, text) ?? readAny({ file, text }, problems);
}

/** By the library, which knows all of YAML, and what is wrong. */
export function readAny({ file, text }: Source, problems: Problems): TreeNode | null {
  const start: Place = { file, line: 1, column: 1 };
  const lines = countLines(text);
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const documents = parse(text, lines, (offset, detail) => {
    problems.add('too-large', placeAt(offset), detail);
  });
  if (documents === null) return null;
  const [document, second] = documents;
  if (document === undefined) throw new TypeError('the YAML composer answered no document');
  if (syntaxProblems(document, text, placeAt, problems)) return null;
  if (second !== undefined) {
    problems.add(
      'yaml-feature',
      placeAt(second.range[0]),
      'A topology file is one YAML document; here another one begins.',
      {
        hint: 'remove the `---` line, or put the second document in a file of its own',
      },
    );
    return null;
  }
  const { yaml } = document.directives;
  if (yaml.explicit === true && yaml.version !== '1.2') {
    problems.add(
      'yaml-feature',
      start,
      `The file asks for YAML ${visibleText(yaml.version)}; topology files are YAML 1.2.`,
      {
        hint: 'remove the `%YAML` line',
      },
    );
    return null;
  }
  const root: unknown = document.contents;
  if (!isNode(root) || isBlank(root as ParsedNode)) {
    problems.add('empty-file', start, 'Nothing is written in it.', {
      hint: 'begin with `topology: NAME`, then `networks:` and `hosts:`',
    });
    return null;
  }
  return treeOf(root as ParsedNode, text, placeAt, problems);
}

/** The parser would count them too, but not those within what it can't make sense of, and all places behind would be wrong. */
export function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) lines.addNewLine(end + 1);
  return lines;
}

/** Behind so many nothing is read: a text of nothing but quotes is half a million, each would become an object, and few are told. */
const MAX_MISTAKES = 1000;

/** Two of them side by side are a mistake wherever they stand. */
function isQuoted(piece: string): boolean {
  return piece.startsWith('"') || piece.startsWith("'");
}

/** A function of its own, so that the tokens are gone when it returns: they take as much memory as all that comes after. */
function parse(
  text: string,
  lines: LineCounter,
  tooLarge: (offset: number, detail: string) => void,
): Document.Parsed[] | null {
  const tokens = tokensOf(text, tooLarge);
  return tokens === null ? null : compose(tokens, lines, text.length);
}

/**
 * The parser keeps its open maps and lists on a stack of its own; watching it stops a file of opening brackets before it
 * costs memory (1 MiB of `[` otherwise takes 1 GiB) and before the composer, which recurses, would run out of stack.
 */
function tokensOf(text: string, tooLarge: (offset: number, detail: string) => void): CST.Token[] | null {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let pieces = 0;
  let brackets = 0;
  let mistakes = 0;
  let before = '';
  for (const piece of new Lexer().lex(text)) {
    for (const token of parser.next(piece)) {
      if (token.type === 'error') mistakes += 1;
      tokens.push(token);
    }
    if (isQuoted(piece) && isQuoted(before)) mistakes += 1;
    if (mistakes > MAX_MISTAKES) break;
    before = piece;
    pieces += 1;
    if (piece === '[' || piece === '{') brackets += 1;
    if (parser.stack.length > MAX_DEPTH + 2) {
      tooLarge(parser.offset, `More than ${String(MAX_DEPTH)} maps and lists stand inside each other.`);
      return null;
    }
    if (brackets > MAX_BRACKETS) {
      tooLarge(parser.offset, `The file holds more than ${String(MAX_BRACKETS)} maps and lists in brackets.`);
      return null;
    }
    if (pieces > MAX_PIECES) {
      tooLarge(parser.offset, `The file holds more than ${String(MAX_PIECES)} words and signs.`);
      return null;
    }
  }
  tokens.push(...parser.end());
  return tokens;
}

/** The first two documents; a third would say nothing more. */
function compose(tokens: readonly CST.Token[], lineCounter: LineCounter, length: number): Document.Parsed[] {
  const documents: Document.Parsed[] = [];
  // A text of nothing but quotes makes half a million error objects; without their stacks they take a tenth of the time.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    for (const document of composerOf(lineCounter).compose(tokens, true, length)) {
      documents.push(document);
      if (documents.length === 2) break;
    }
  } finally {
    Error.stackTraceLimit = limit;
  }
  return documents;
}

export function composerOf(lineCounter: LineCounter): Composer {
  // Unique keys are checked in `treeOf`: the library compares each key of a map with each other one.
  return new Composer({
    lineCounter,
    uniqueKeys: false,
    prettyErrors: false,
    schema: 'core',
    version: '1.2',
    merge: false,
    resolveKnownTags: false,
    logLevel: 'silent',
  });
}

/**
 * One problem a line at most, and none behind a bracket or quote that is never closed: the parser trips several times over
 * one such mistake.
 */
function syntaxProblems(
  document: Document,
  text: string,
  placeAt: (offset: number) => Place,
  problems: Problems,
): boolean {
  const seen = new Set<number>();
  const errors = [...document.errors].sort((left, right) => left.pos[0] - right.pos[0]);
  for (const error of errors) {
    const place = placeAt(error.pos[0]);
    if (seen.has(place.line)) continue;
    if (seen.size >= MAX_SYNTAX_PROBLEMS) break;
    seen.add(place.line);
    if (text.slice(error.pos[0] - 1, error.pos[0] + 1) === '${') {
      problems.add('not-yaml', placeAt(error.pos[0] - 1), 'Inside `{…}` and `[…]` the brace of `${` begins a map.', {
        hint: 'put the value in quotes: `"${…}"`',
      });
      break;
    }
    const unclosed = error.code === 'MISSING_CHAR' || error.message.startsWith('Flow ');
    problems.add('not-yaml', place, sentence(error), { hint: unclosed ? UNCLOSED_HINT : SYNTAX_HINTS[error.code] });
    if (unclosed) break;
  }
  return errors.length > 0;
}

function sentence(error: YAMLError): string {
  const message = visibleText(error.message.slice(0, 200));
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

const UNCLOSED_HINT = 'look above for a bracket, brace or quote that is not closed';

const SYNTAX_HINTS: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'keys of one map begin in the same column',
  BAD_DQ_ESCAPE: 'use single quotes where a backslash stands for itself',
  BAD_SCALAR_START: 'put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'put a value that holds a colon and a space in quotes',
  MULTILINE_IMPLICIT_KEY: 'is a colon missing at the end of the line above?',
};

function isBlank(node: ParsedNode): boolean {
  return 'value' in node && node.value === null && (node as { source?: string }).source === '';
}
