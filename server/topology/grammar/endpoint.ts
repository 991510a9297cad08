/**
 * Ends of a flow: a name, a glob (`app-*`), `internet`, an address or a prefix, both with the realm in front where several have
 * it (`p3/10.1.1.0/24`). The answer is canonical text.
 */
import { quoted } from '../../core/visible-text.ts';
import { accept, refuse, shifted, type Reading } from '../problem.ts';
import { parseAddress } from './address.ts';
import { parseReference } from './name.ts';
import { pieceOf } from './piece.ts';
import { parsePrefix } from './prefix.ts';

export function parseEndpoint(text: string): Reading<string> {
  const piece = pieceOf(text);
  return shifted(parsePiece(piece.text), piece.offset);
}

/** Names and globs of networks: what a bridge carries. */
export function parseGlob(text: string): Reading<string> {
  if (!text.includes('*')) return parseReference(text);
  if (/^[a-z0-9*-]+$/.test(text) && text.length <= 63) return accept(text);
  const detail = `${quoted(text)} is no glob: small letters, digits, \`-\`, and \`*\` for any of them.`;
  return refuse('invalid-endpoint', detail, Math.max(0, text.search(/[^a-z0-9*-]/)));
}

function parsePiece(text: string): Reading<string> {
  const slash = text.indexOf('/');
  const realm = slash > 0 ? parseReference(text.slice(0, slash)) : undefined;
  // No address reads as a name: `p3/10.1.1.0/24` and `p3/10.1.1.7` name a realm first.
  if (realm?.ok === true) {
    const inside = shifted(parseAddressOrPrefix(text.slice(slash + 1)), slash + 1);
    return inside.ok ? accept(`${realm.value}/${inside.value}`) : inside;
  }
  if (slash >= 0) return parsePrefix(text);
  if (/^[\d.]+$/.test(text) || text.includes(':')) return parseAddress(text);
  if (text.includes('*')) return parseGlob(text);
  const name = parseReference(text);
  if (name.ok) return name;
  const { detail, hint, offset } = name.problem;
  const more = 'write a name, a glob (`app-*`), `internet`, an address or a prefix';
  return refuse(
    'invalid-endpoint',
    text === '' ? 'An endpoint has at least one letter.' : detail,
    offset,
    hint ?? more,
  );
}

function parseAddressOrPrefix(text: string): Reading<string> {
  return text.includes('/') ? parsePrefix(text) : parseAddress(text);
}
