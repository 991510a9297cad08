/** How a host is reached: `local`, `ssh://root@gw-x.example.net`, `ssh://admin@192.0.2.7:2222`, `"ssh://root@[2001:db8::7]"`. */
import { parseAddress as strictAddress } from '../../core/address.ts';
import { nearestHint } from '../../core/nearest.ts';
import { quoted } from '../../core/visible-text.ts';
import type { AccessText } from '../../flow/topology.ts';
import { accept, refuse, type Reading } from '../problem.ts';
import { from, pieceOf, type Piece } from './piece.ts';
import { parsePort } from './port.ts';

const SCHEME = 'ssh://';
const EXAMPLE = 'write it like `ssh://root@gw-x.example.net`, or `local`';
const SSH_PORT = 22;

export function parseAccess(text: string): Reading<AccessText> {
  const whole = pieceOf(text);
  if (whole.text === 'local') return accept({ type: 'local' });
  if (!whole.text.startsWith(SCHEME))
    return refuse(
      'invalid-access',
      `${quoted(text)} is no way to reach a host.`,
      whole.offset,
      nearestHint(whole.text, ['local']) ?? EXAMPLE,
    );
  const rest = from(whole, SCHEME.length);
  const at = rest.text.indexOf('@');
  if (at < 0)
    return refuse(
      'invalid-access',
      `${quoted(text)} names no user.`,
      rest.offset,
      `write \`${SCHEME}root@${rest.text.replace(/[^\w.:[\]-]/g, '').slice(0, 80)}\``,
    );
  const user = parseUser({ text: rest.text.slice(0, at), offset: rest.offset });
  if (!user.ok) return user;
  const { host, port } = splitPort(from(rest, at + 1));
  const name = parseHost(host);
  if (!name.ok) return name;
  const number = port === null ? accept(SSH_PORT) : parsePort(port, 'invalid-access');
  if (!number.ok) return number;
  return accept({ type: 'ssh', user: user.value, host: name.value, port: number.value });
}

function parseUser(piece: Piece): Reading<string> {
  if (piece.text.includes(':')) {
    const detail = 'A password has no place in a topology file.';
    return refuse(
      'invalid-access',
      detail,
      piece.offset + piece.text.indexOf(':'),
      'use a key, known to your ssh agent',
    );
  }
  // As useradd(8) takes them: never an option (`-x`) for ssh.
  if (/^[a-z_][a-z0-9_-]{0,31}$/.test(piece.text)) return accept(piece.text);
  return refuse('invalid-access', `${quoted(piece.text)} is no user name.`, piece.offset, EXAMPLE);
}

function parseHost(piece: Piece): Reading<string> {
  const { text, offset } = piece;
  if (text.startsWith('[')) {
    const address = strictAddress(text.slice(1, -1));
    if (text.endsWith(']') && address?.family === 6) return accept(address.text);
    return refuse('invalid-access', `${quoted(text)} is no IPv6 address in brackets.`, offset);
  }
  if (/^[\d.]+$/.test(text)) {
    const address = strictAddress(text);
    if (address !== undefined) return accept(address.text);
    return refuse('invalid-access', `${quoted(text)} is no IPv4 address.`, offset);
  }
  // RFC 1123 labels: no label begins or ends with a hyphen, so that none is an option for ssh.
  const labels = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;
  if (labels.test(text)) return accept(text.toLowerCase());
  const slash = text.indexOf('/');
  if (slash >= 0)
    return refuse(
      'invalid-access',
      `Nothing follows the host; ${quoted(text.slice(slash))} has no meaning.`,
      offset + slash,
      EXAMPLE,
    );
  return refuse('invalid-access', `${quoted(text)} is no host name.`, offset, EXAMPLE);
}

function splitPort(piece: Piece): { host: Piece; port: Piece | null } {
  const colon = piece.text.startsWith('[') ? piece.text.indexOf(']:') + 1 : piece.text.indexOf(':');
  if (colon <= 0) return { host: piece, port: null };
  return { host: { text: piece.text.slice(0, colon), offset: piece.offset }, port: from(piece, colon + 1) };
}
