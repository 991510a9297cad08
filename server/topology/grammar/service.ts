/** Services: `443/tcp`, `53/udp`, `80,443/tcp`, `8000-8100/tcp`, `53` (tcp and udp), `icmp` (echo), `any`. */
import { nearestHint } from '../../core/nearest.ts';
import { quoted } from '../../core/visible-text.ts';
import type { PortRange, Service } from '../../flow/model.ts';
import { accept, refuse, type Reading } from '../problem.ts';
import { pieceOf, split, type Piece } from './piece.ts';
import { parsePorts } from './port.ts';

type PortService = Extract<Service, { readonly ports: readonly PortRange[] }>;

/** One item of `allow`, `deny`: two services for a port without a protocol. */
export function parseService(text: string): Reading<readonly Service[]> {
  const piece = pieceOf(text);
  if (piece.text === 'icmp') return accept([{ protocol: 'icmp' }]);
  if (piece.text === 'any') return accept([{ protocol: 'any' }]);
  return parsePortService(piece);
}

/** One item of `listens`. */
export function parseListens(text: string): Reading<readonly Service[]> {
  const piece = pieceOf(text);
  if (piece.text === 'icmp' || piece.text === 'any') {
    return refuse(
      'invalid-service',
      `Nobody listens on ${quoted(piece.text)}; \`listens\` names tcp and udp ports.`,
      piece.offset,
      'write a port, like `8443/tcp`',
    );
  }
  return parsePortService(piece);
}

export function parsePortService(piece: Piece): Reading<readonly PortService[]> {
  const [ports, protocol, ...more] = split(piece, '/');
  if (ports === undefined || ports.text === '' || more.length > 0) return noService(piece);
  if (/^[a-z]/i.test(ports.text)) return noService(piece);
  const ranges = parsePorts(ports, 'invalid-service');
  if (!ranges.ok) return ranges;
  if (protocol === undefined) {
    return accept([
      { protocol: 'tcp', ports: ranges.value },
      { protocol: 'udp', ports: ranges.value },
    ]);
  }
  if (protocol.text !== 'tcp' && protocol.text !== 'udp') {
    const detail = `${quoted(protocol.text)} is no protocol with ports that is known here: \`tcp\` or \`udp\`.`;
    return refuse('invalid-service', detail, protocol.offset, nearestHint(protocol.text, ['tcp', 'udp']));
  }
  return accept([{ protocol: protocol.text, ports: ranges.value }]);
}

function noService(piece: Piece): Reading<never> {
  const hint =
    nearestHint(piece.text, ['icmp', 'any']) ?? 'write it like `443/tcp`, `53`, `8000-8100/udp`, `icmp` or `any`';
  return refuse('invalid-service', `${quoted(piece.text)} is no service.`, piece.offset, hint);
}
