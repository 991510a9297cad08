/** Ends of a flow: a name, a glob (`app-*`), `internet`, an address or a prefix. The answer is canonical text. */
import { quoted, visibleText } from '../../core/visible-text.ts';
import { accept, notYet, refuse, shifted, type Reading } from '../problem.ts';
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
  if (slash > 0 && text.indexOf('/', slash + 1) > 0 && parseReference(text.slice(0, slash)).ok) {
    return notYet(
      quoted(text),
      'names a prefix inside one realm',
      0,
      `write \`${visibleText(text.slice(slash + 1))}\``,
    );
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
