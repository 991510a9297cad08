/**
 * Port mappings: the short form `443/tcp -> web1:8443`, `10000-10100/udp -> web2`, and the parts of the long form,
 * `{ listen: 192.0.2.12:25/tcp, to: web2:2525, from: [198.51.100.0/24] }`.
 */
import type { Address } from '../../core/address.ts';
import { quoted } from '../../core/visible-text.ts';
import type { PortRange } from '../../flow/model.ts';
import { accept, refuse, shifted, type Reading } from '../problem.ts';
import { parseAddress } from './address.ts';
import { splitArrow } from './arrow.ts';
import { from, pieceOf, type Piece } from './piece.ts';
import { parsePortService } from './service.ts';
import { parseTargetPiece, type TargetText } from './target.ts';

export interface ListenText {
  /** `null`: the gateway's address on its only external network. */
  readonly address: Address | null;
  /** One, or two where no protocol is written: tcp and udp. */
  readonly services: readonly { readonly protocol: 'tcp' | 'udp'; readonly ports: readonly PortRange[] }[];
  /** As written, spaces apart. */
  readonly text: string;
}

export interface PublishText {
  readonly listen: ListenText;
  readonly to: TargetText;
  readonly toText: string;
}

/** The short form; an address may stand before the ports here too. */
export function parsePublish(text: string): Reading<PublishText> {
  const sides = splitArrow(text, 'invalid-publish', '443/tcp -> web1:8443');
  if (!sides.ok) return sides;
  const [outside, inside] = sides.value;
  const listen = parseListenPiece(outside);
  if (!listen.ok) return listen;
  const to = parseTargetPiece(inside);
  if (!to.ok) return to;
  const problem = shifted(checkPorts(listen.value, to.value), inside.offset);
  return problem.ok ? accept({ listen: listen.value, to: to.value, toText: inside.text }) : problem;
}

/** `192.0.2.12:25/tcp`, `"[2001:db8::1]:25/tcp"`, `25/tcp`. */
export function parseListen(text: string): Reading<ListenText> {
  return parseListenPiece(pieceOf(text));
}

/** Only one port outside can become another one inside. */
export function checkPorts(listen: ListenText, to: TargetText): Reading<null> {
  const several = listen.services.some(({ ports }) => ports.some(({ first, last }) => first !== last));
  if (to.port === null || !several) return accept(null);
  const detail = `A range of ports can't be mapped to the one port ${String(to.port)}.`;
  return refuse(
    'invalid-publish',
    detail,
    0,
    'leave the port of the target away: the ports are the same inside as outside',
  );
}

function parseListenPiece(piece: Piece): Reading<ListenText> {
  const { head, ports } = splitListen(piece);
  if (head === null && piece.text.split(':').length > 2) {
    const hint = 'put the address in brackets: `"[2001:db8::1]:25/tcp"`';
    return refuse(
      'invalid-publish',
      `In ${quoted(piece.text)} address and port can't be told apart.`,
      piece.offset,
      hint,
    );
  }
  let address: Address | null = null;
  if (head !== null) {
    const reading = shifted(parseAddress(head.text), head.offset);
    if (!reading.ok) return reading;
    address = reading.value;
  }
  if (ports.text === 'icmp' || ports.text === 'any') {
    return refuse(
      'invalid-publish',
      `${quoted(ports.text)} has no ports to map.`,
      ports.offset,
      'write a port with its protocol, like `443/tcp`',
    );
  }
  const services = parsePortService(ports);
  return services.ok ? accept({ address, services: services.value, text: piece.text }) : services;
}

function splitListen(piece: Piece): { head: Piece | null; ports: Piece } {
  const match = /^\[([^\]]*)\]:(.*)$/.exec(piece.text);
  if (match?.[1] !== undefined && match[2] !== undefined) {
    return {
      head: { text: match[1], offset: piece.offset + 1 },
      ports: from(piece, piece.text.length - match[2].length),
    };
  }
  const colon = piece.text.indexOf(':');
  if (colon < 0 || piece.text.includes(':', colon + 1)) return { head: null, ports: piece };
  return { head: { text: piece.text.slice(0, colon), offset: piece.offset }, ports: from(piece, colon + 1) };
}
