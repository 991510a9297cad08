/** An expression as read. Offsets count characters of the text that the `${…}` stands in. */
import type { FunctionRule } from './functions.ts';
import type { Value } from './value.ts';

export type Expression =
  | { readonly type: 'literal'; readonly offset: number; readonly value: Value }
  | { readonly type: 'name'; readonly offset: number; readonly name: string }
  | { readonly type: 'unary'; readonly offset: number; readonly sign: UnarySign; readonly operand: Expression }
  | {
      readonly type: 'binary';
      readonly offset: number;
      readonly sign: BinarySign;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly type: 'choice';
      readonly offset: number;
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | {
      readonly type: 'call';
      readonly offset: number;
      readonly rule: FunctionRule;
      readonly operands: readonly Expression[];
    };

export type UnarySign = '-' | '!';

/** How strongly each joins; those of one strength are worked out from the left. */
export const BINARY_SIGNS = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
} as const;

export type BinarySign = keyof typeof BINARY_SIGNS;
