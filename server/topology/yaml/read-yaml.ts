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
import { MAX_DEPTH, MAX_FILE_BYTES, MAX_PIECES, MAX_SYNTAX_PROBLEMS } from '../limits.ts';
import type { Problems } from '../problems.ts';
import type { TreeNode } from '../tree.ts';
import { controlCharacters } from './control-characters.ts';
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

  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const tokens = tokensOf(text, lines, (offset, detail) => {
    problems.add('too-large', placeAt(offset), detail);
  });
  if (tokens === null) return null;

  const [document, second] = compose(tokens, lines, text.length);
  if (document === undefined) throw new TypeError('the YAML composer answered no document');
  if (syntaxProblems(document, placeAt, problems)) return null;
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

/**
 * The parser keeps its open maps and lists on a stack of its own; watching it stops a file of opening brackets before it
 * costs memory (1 MiB of `[` otherwise takes 1 GiB) and before the composer, which recurses, would run out of stack.
 */
function tokensOf(
  text: string,
  lines: LineCounter,
  tooLarge: (offset: number, detail: string) => void,
): CST.Token[] | null {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let pieces = 0;
  lines.addNewLine(0);
  for (const piece of new Lexer().lex(text)) {
    tokens.push(...parser.next(piece));
    pieces += 1;
    if (parser.stack.length > MAX_DEPTH + 2) {
      tooLarge(parser.offset, `More than ${String(MAX_DEPTH)} maps and lists stand inside each other.`);
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

function composerOf(lineCounter: LineCounter): Composer {
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
function syntaxProblems(document: Document, placeAt: (offset: number) => Place, problems: Problems): boolean {
  const seen = new Set<number>();
  const errors = [...document.errors].sort((left, right) => left.pos[0] - right.pos[0]);
  for (const error of errors) {
    const place = placeAt(error.pos[0]);
    if (seen.has(place.line)) continue;
    if (seen.size >= MAX_SYNTAX_PROBLEMS) break;
    seen.add(place.line);
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
