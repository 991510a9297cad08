/** `shop -> wan`: flows from one network to the other leave with the gateway's address there. */
import { quoted } from '../../core/visible-text.ts';
import { accept, refuse, type Reading } from '../problem.ts';
import { splitArrow } from './arrow.ts';
import { parseReference } from './name.ts';
import type { Piece } from './piece.ts';

export interface MasqueradeText {
  readonly from: string;
  readonly to: string;
}

export function parseMasquerade(text: string): Reading<MasqueradeText> {
  const sides = splitArrow(text, 'invalid-masquerade', 'shop -> wan');
  if (!sides.ok) return sides;
  const [left, right] = sides.value;
  const from = network(left);
  if (!from.ok) return from;
  const to = network(right);
  if (!to.ok) return to;
  if (from.value === to.value) {
    return refuse(
      'invalid-masquerade',
      `${quoted(from.value)} stands on both sides; nothing is translated inside one network.`,
      right.offset,
    );
  }
  return accept({ from: from.value, to: to.value });
}

function network(piece: Piece): Reading<string> {
  const name = parseReference(piece.text);
  if (name.ok) return name;
  return refuse(
    'invalid-masquerade',
    `${quoted(piece.text)} is not the name of a network.`,
    piece.offset + name.problem.offset,
    name.problem.hint,
  );
}
