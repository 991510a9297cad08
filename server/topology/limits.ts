/** What a topology file may hold, so that any input ends soon and in little memory. */

/** Bytes of the file. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** Lexical pieces (words, brackets, commas, spaces between): a dense file of the greatest size has half a million. */
export const MAX_PIECES = 600_000;
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
