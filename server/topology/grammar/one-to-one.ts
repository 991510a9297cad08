/** `192.0.2.50 <-> 10.1.2.10`: a whole address stands for another one, outside first. */
import type { Address } from '../../core/address.ts';
import { familyOf } from '../../core/address.ts';
import { quoted } from '../../core/visible-text.ts';
import { accept, refuse, shifted, type Reading } from '../problem.ts';
import { parseAddress } from './address.ts';
import { pieceOf, split, type Piece } from './piece.ts';

export interface OneToOneText {
  readonly outside: Address;
  readonly inside: Address;
}

const SIGN = '<->';
const EXAMPLE = 'write it like `192.0.2.50 <-> 10.1.2.10`, the address outside first';

export function parseOneToOne(text: string): Reading<OneToOneText> {
  const piece = pieceOf(text);
  const [left, right, third] = split(piece, SIGN);
  if (left === undefined || right === undefined || third !== undefined) {
    const detail =
      third === undefined ? `${quoted(text)} has no \`${SIGN}\`.` : `${quoted(text)} has more than one \`${SIGN}\`.`;
    return refuse('invalid-one-to-one', detail, piece.offset, EXAMPLE);
  }
  const outside = address(left);
  if (!outside.ok) return outside;
  const inside = address(right);
  if (!inside.ok) return inside;
  if (familyOf(outside.value) !== familyOf(inside.value)) {
    return refuse(
      'invalid-one-to-one',
      "The two addresses are of different families; one can't stand for the other.",
      right.offset,
    );
  }
  if (outside.value === inside.value)
    return refuse(
      'invalid-one-to-one',
      `${quoted(outside.value)} stands on both sides; nothing is translated.`,
      right.offset,
    );
  return accept({ outside: outside.value, inside: inside.value });
}

function address(piece: Piece): Reading<Address> {
  if (piece.text === '') return refuse('invalid-one-to-one', 'An address is missing.', piece.offset, EXAMPLE);
  return shifted(parseAddress(piece.text), piece.offset);
}
