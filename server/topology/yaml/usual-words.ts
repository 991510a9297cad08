/** The words and quotes of the usual YAML (`read-usual.ts`), each from where `lastIndex` stands. */

/** Tabs, other line ends and marks of a document or a directive: left to the library, wherever they stand. */
export const UNUSUAL = /[\t\r\uFEFF]|^(?:---|\.\.\.|%)/m;

/** A word begins with no sign that means something, and ends before `: `, ` #` and the end of the line. */
export const WORD = /[^\s\-?:,[\]{}#&*!|>'"%@`](?:[^\n:#]|:(?![ \n]|$)|(?<! )#)*/y;

/** In brackets commas and brackets end it too. */
export const FLOW_WORD = /[^\s\-?:,[\]{}#&*!|>'"%@`](?:[^\n:#,[\]{}]|:(?![ \n,[\]{}]|$)|(?<! )#)*/y;

export const DOUBLE_QUOTED = /"[^"\\\n]*"/y;
/** A doubled quote within it then stands where nothing may. */
export const SINGLE_QUOTED = /'[^'\n]*'/y;

const NULL = /^(?:~|[Nn]ull|NULL)$/;
const TRUE = /^(?:[Tt]rue|TRUE)$/;
const FALSE = /^(?:[Ff]alse|FALSE)$/;
/** Whatever the core schema may take for a number. */
const NUMBER = /^(?:[+.]|[0-9]+$|0[ox]|[0-9]+\.?[0-9]*(?:[eE][-+]?[0-9]+)?$)/;
const WHOLE_NUMBER = /^[0-9]{1,15}$/;

/** What a word without quotes is in the core schema of YAML 1.2; `undefined` for numbers that are not plain whole ones. */
export function wordValue(word: string): string | number | boolean | null | undefined {
  switch (word.charCodeAt(0)) {
    case 0x7e: // ~
    case 0x4e: // N
    case 0x6e: // n
      return NULL.test(word) ? null : word;
    case 0x54: // T
    case 0x74: // t
      return TRUE.test(word) ? true : word;
    case 0x46: // F
    case 0x66: // f
      return FALSE.test(word) ? false : word;
    default:
      if (!NUMBER.test(word)) return word;
      return WHOLE_NUMBER.test(word) ? Number(word) : undefined;
  }
}
