/** What a topology file may hold, so that any input ends soon and in little memory. */

/** Bytes of the file. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** Lexical pieces (words, brackets, commas, spaces between): a dense file of the greatest size has half a million. */
export const MAX_PIECES = 600_000;
/** Maps and lists in brackets: each takes the room of ten words while it is read. More are not needed for all objects there may be. */
export const MAX_BRACKETS = 120_000;
/** Maps and lists inside each other; the language itself needs eight. */
export const MAX_DEPTH = 32;
/** Nodes that aliases may add: a few lines of aliases of aliases otherwise grow to billions. */
export const MAX_ALIASED_NODES = 100_000;
/** Problems that are listed one by one. */
export const MAX_PROBLEMS = 1_000;
/** Syntax errors that are listed: after the first the rest is mostly its echo. */
export const MAX_SYNTAX_PROBLEMS = 10;

export const MAX_NAME_LENGTH = 63;
export const MAX_DESCRIPTION_LENGTH = 1_000;

/** Objects (entries of sections, bridges and NICs, items of lists) that `for` and `use` may make together. */
export const MAX_MADE_OBJECTS = 100_000;
/** Values of any sort that they may make: what an object is made of is written by hand and small. */
export const MAX_MADE_NODES = 1_000_000;
/** Rounds of all `for` and `use`, those included that only hold others. */
export const MAX_ROUNDS = 400_000;
/** Parts inside parts. */
export const MAX_USE_DEPTH = 8;
/** Different files of parts, and the size of all together. */
export const MAX_PARTS = 100;
export const MAX_PARTS_BYTES = 1024 * 1024;
/** An expression from brace to brace, in characters. */
export const MAX_EXPRESSION_LENGTH = 1_000;
/** Brackets, signs before a value and choices inside each other. */
export const MAX_EXPRESSION_DEPTH = 40;
/** Characters that a template may come out as; the longest text of the language is a description. */
export const MAX_TEXT_LENGTH = 4_096;
/** Steps of all expressions: 100,000 objects with ten expressions of twenty signs each. */
export const MAX_EXPRESSION_WORK = 20_000_000;
