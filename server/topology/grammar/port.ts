/** Port numbers: `443`, `8000-8100`, `80,443`. */
import type { PortRange } from '../../flow/model.ts';
import type { DiagnosticCode } from '../../core/codes.ts';
import { quoted } from '../../core/visible-text.ts';
import { accept, refuse, type Reading } from '../problem.ts';
import { split, type Piece } from './piece.ts';

const MAX_PORT = 65_535;

/** One port number. */
export function parsePort(piece: Piece, code: DiagnosticCode): Reading<number> {
  if (piece.text === '') return refuse(code, 'A port number is missing.', piece.offset);
  if (!/^(0|[1-9]\d{0,5})$/.test(piece.text)) {
    return refuse(code, `${quoted(piece.text)} is no port number.`, piece.offset, 'write a number from 1 to 65535');
  }
  const port = Number(piece.text);
  if (port < 1 || port > MAX_PORT)
    return refuse(code, `${piece.text} is no port number: they go from 1 to 65535.`, piece.offset);
  return accept(port);
}

/** Ports and ranges between commas, sorted; ranges that overlap become one. */
export function parsePorts(piece: Piece, code: DiagnosticCode): Reading<readonly PortRange[]> {
  const ranges: PortRange[] = [];
  for (const part of split(piece, ',')) {
    const range = parseRange(part, code);
    if (!range.ok) return range;
    ranges.push(range.value);
  }
  return accept(joined(ranges));
}

function parseRange(piece: Piece, code: DiagnosticCode): Reading<PortRange> {
  const [low, high, ...more] = split(piece, '-');
  if (low === undefined || high === undefined || more.length > 0) {
    const port = parsePort(piece, code);
    return port.ok ? accept({ first: port.value, last: port.value }) : port;
  }
  const first = parsePort(low, code);
  if (!first.ok) return first;
  const last = parsePort(high, code);
  if (!last.ok) return last;
  if (first.value > last.value) {
    const hint = `write \`${String(last.value)}-${String(first.value)}\``;
    return refuse(code, `The range ${quoted(piece.text)} ends before it begins.`, piece.offset, hint);
  }
  return accept({ first: first.value, last: last.value });
}

function joined(ranges: readonly PortRange[]): readonly PortRange[] {
  const result: PortRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first || a.last - b.last)) {
    const before = result.at(-1);
    if (before !== undefined && range.first <= before.last) {
      result[result.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
    } else result.push(range);
  }
  return result;
}
