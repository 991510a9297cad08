/** Where a flow ends up: `web1:8443`, `web2`, `10.1.1.10:8443`, `"[2001:db8::10]:8443"`. */
import type { Address } from '../../core/address.ts';
import type { DiagnosticCode } from '../../core/codes.ts';
import { quoted } from '../../core/visible-text.ts';
import { accept, refuse, shifted, type Reading } from '../problem.ts';
import { parseAddress } from './address.ts';
import { parseReference } from './name.ts';
import { from, pieceOf, type Piece } from './piece.ts';
import { parsePort } from './port.ts';

type Target = { readonly guest: string; readonly address: null } | { readonly guest: null; readonly address: Address };

export interface TargetText {
  readonly target: Target;
  readonly port: number | null;
}

/** The inside of a port mapping: a guest or an address, with or without a port. */
export function parseTarget(text: string): Reading<TargetText> {
  return parseTargetPiece(pieceOf(text));
}

export function parseTargetPiece(piece: Piece): Reading<TargetText> {
  const { text, offset } = piece;
  if (text === '') return refuse('invalid-target', 'No target is written.', offset, EXAMPLE);
  const { head, port } = splitPort(piece);
  const number = port === null ? accept(null) : parseTargetPort(port);
  if (!number.ok) return number;
  if (/^[\d.]+$/.test(head.text) || head.text.includes(':')) {
    const address = shifted(parseAddress(head.text), head.offset);
    return address.ok ? accept({ target: { guest: null, address: address.value }, port: number.value }) : address;
  }
  const guest = shifted(parseReference(head.text), head.offset);
  if (guest.ok) return accept({ target: { guest: guest.value, address: null }, port: number.value });
  return refuse(
    'invalid-target',
    `${quoted(head.text)} is neither a guest nor an address.`,
    guest.problem.offset,
    guest.problem.hint ?? EXAMPLE,
  );
}

/** Who must be the one that answers: a guest, with or without a port. */
export function parseReaches(text: string): Reading<{ readonly guest: string; readonly port: number | null }> {
  const reading = parseTarget(text);
  if (!reading.ok) return reading;
  const { target, port } = reading.value;
  if (target.guest !== null) return accept({ guest: target.guest, port });
  return refuse(
    'invalid-target',
    `${quoted(text)} is an address; \`reaches\` names the guest that must answer.`,
    0,
    'write it like `web1:8443`',
  );
}

/** `[address]:port`, `name:port`, `1.2.3.4:port`; a text with several colons and no brackets is an IPv6 address. */
function splitPort(piece: Piece): { head: Piece; port: Piece | null } {
  const { text } = piece;
  const bracket = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracket?.[1] !== undefined) {
    const head = { text: bracket[1], offset: piece.offset + 1 };
    return { head, port: bracket[2] === undefined ? null : from(piece, text.length - bracket[2].length) };
  }
  const colon = text.indexOf(':');
  if (colon < 0 || text.includes(':', colon + 1)) return { head: piece, port: null };
  return { head: { text: text.slice(0, colon), offset: piece.offset }, port: from(piece, colon + 1) };
}

function parseTargetPort(piece: Piece): Reading<number> {
  const code: DiagnosticCode = 'invalid-target';
  const range = /^(\d+)[-,]/.exec(piece.text);
  if (range !== null) {
    return refuse(
      code,
      `${quoted(piece.text)} is more than one port.`,
      piece.offset,
      'leave the ports away: they are the same inside as outside',
    );
  }
  if (piece.text.includes('/')) {
    return refuse(
      code,
      `${quoted(piece.text)} has a protocol; it is the one of the published port.`,
      piece.offset + piece.text.indexOf('/'),
      'leave it away',
    );
  }
  return parsePort(piece, code);
}

const EXAMPLE = 'write a guest with a port, like `web1:8443`';
