import type { DiagnosticCode } from '../../core/codes.ts';
import { quoted } from '../../core/visible-text.ts';
import { accept, refuse, type Reading } from '../problem.ts';
import { pieceOf, split, type Piece } from './piece.ts';

/** The two sides of `left -> right`. */
export function splitArrow(text: string, code: DiagnosticCode, example: string): Reading<readonly [Piece, Piece]> {
  const piece = pieceOf(text);
  const other = /<->|<-|=>|→|-->/.exec(piece.text);
  if (other !== null) {
    return refuse(
      code,
      `${quoted(other[0])} is no sign that is known here.`,
      piece.offset + other.index,
      `write it like \`${example}\``,
    );
  }
  const [left, right, third] = split(piece, '->');
  if (left === undefined || right === undefined)
    return refuse(code, `${quoted(text)} has no \`->\`.`, piece.offset, `write it like \`${example}\``);
  if (third !== undefined)
    return refuse(
      code,
      `${quoted(text)} has more than one \`->\`.`,
      piece.offset + piece.text.lastIndexOf('->', third.offset - piece.offset),
      `write it like \`${example}\``,
    );
  if (left.text === '')
    return refuse(code, 'Nothing stands before `->`.', piece.offset, `write it like \`${example}\``);
  if (right.text === '')
    return refuse(code, 'Nothing stands behind `->`.', right.offset, `write it like \`${example}\``);
  return accept([left, right]);
}
