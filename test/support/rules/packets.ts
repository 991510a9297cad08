/** Packets as they are on the wire, made from a flow and read back; each carries `TL:NUMBER;`. */
import type { Packet, Tuple } from '../../../server/reach/judge/packet.ts';
import type { FieldName } from '../../../server/reach/rules/field-names.ts';
import type { Port } from './router.ts';

/** A packet to be sent. */
export interface Shot {
  readonly tuple: Tuple;
  /** The router's interface that it comes in by. */
  readonly device: Port;
  /** From 1 on: it is in the payload, in the identification of IPv4, in the flow label of IPv6. */
  readonly number: number;
  /** Of TCP; SYN where absent. */
  readonly flags?: bigint;
  /** Where absent, the router's interface. */
  readonly toMac?: string;
  readonly vlan?: number;
}

export interface Heard {
  readonly number: number;
  readonly tuple: Tuple;
  /** The router's interface that it left by. */
  readonly device: Port;
}

const MARKER_TYPE = 0x88_b5;
/** IEEE 802.1Q. */
const TAGGED = 0x81_00;

const SYN = 2n;

export function packetFrame({ near, far }: { readonly near: string; readonly far: string }, shot: Shot): Buffer {
  const { tuple, number } = shot;
  const payload = transport(shot);
  const size = tuple.family === 4 ? 4 : 16;
  const ends = Buffer.concat([bytes(tuple.source, size), bytes(tuple.destination, size)]);
  const packet = Buffer.concat([head(tuple, number, payload, ends), payload]);
  const type = tuple.family === 4 ? 0x08_00 : 0x86_dd;
  const { toMac = near, vlan } = shot;
  if (vlan === undefined) return frame(far, toMac, type, packet);
  const tag = Buffer.alloc(4);
  tag.writeUInt16BE(vlan, 0);
  tag.writeUInt16BE(type, 2);
  return frame(far, toMac, TAGGED, Buffer.concat([tag, packet]));
}

/** What is in the frame beside the flow, and stays as it is on the way. */
export function knownOf(shot: Shot): Packet {
  const { tuple, number, flags = SYN } = shot;
  const size = BigInt(transport(shot).length);
  const fields: readonly (readonly [FieldName, bigint])[] =
    tuple.family === 4
      ? [
          ['ip dscp', 0n],
          ['ip length', 20n + size],
          ['ip id', BigInt(number)],
          ['ip frag-off', 0n],
        ]
      : [
          ['ip6 dscp', 0n],
          ['ip6 length', size],
          ['ip6 flowlabel', BigInt(number)],
        ];
  return new Map([...fields, ...(tuple.protocol === 6n ? ([['tcp flags', flags]] as const) : [])]);
}

/** Comes behind all that was sent before it. */
export function markerFrame(from: string, to: string): Buffer {
  return frame(from, to, MARKER_TYPE, Buffer.from('TL:', 'latin1'));
}

function head(tuple: Tuple, number: number, payload: Buffer, ends: Buffer): Buffer {
  if (tuple.family === 6) {
    const label = [number >> 16, number >> 8, number].map((part) => part & 0xff);
    const fixed = Buffer.from([0x60, ...label, 0, 0, Number(tuple.protocol), 64]);
    fixed.writeUInt16BE(payload.length, 4);
    return Buffer.concat([fixed, ends]);
  }
  const fixed = Buffer.from([0x45, 0, 0, 0, number >> 8, number & 0xff, 0, 0, 64, Number(tuple.protocol), 0, 0]);
  fixed.writeUInt16BE(20 + payload.length, 2);
  const whole = Buffer.concat([fixed, ends]);
  whole.writeUInt16BE(checksum(whole), 10);
  return whole;
}

function transport({ tuple, number, flags = SYN }: Shot): Buffer {
  const text = Buffer.from(`TL:${String(number)};`, 'latin1');
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(Number(tuple.sourcePort ?? 0n), 0);
  ports.writeUInt16BE(Number(tuple.destinationPort ?? 0n), 2);
  const size = tuple.family === 4 ? 4 : 16;
  const pseudo = (length: number): Buffer => {
    const rest = Buffer.alloc(8);
    rest.writeUInt32BE(length, 0);
    rest.writeUInt32BE(Number(tuple.protocol), 4);
    return Buffer.concat([bytes(tuple.source, size), bytes(tuple.destination, size), rest]);
  };
  switch (tuple.protocol) {
    case 6n: {
      const rest = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 0x50, Number(flags), 0x20, 0, 0, 0, 0, 0]);
      const whole = Buffer.concat([ports, rest, text]);
      whole.writeUInt16BE(checksum(Buffer.concat([pseudo(whole.length), whole])), 16);
      return whole;
    }
    case 17n: {
      const whole = Buffer.concat([ports, Buffer.alloc(4), text]);
      whole.writeUInt16BE(whole.length, 4);
      const sum = checksum(Buffer.concat([pseudo(whole.length), whole]));
      whole.writeUInt16BE(sum === 0 ? 0xff_ff : sum, 6);
      return whole;
    }
    case 1n:
    case 58n: {
      const { type = 0n, code = 0n, id = 0n } = tuple.icmp ?? {};
      const fixed = Buffer.from([Number(type), Number(code), 0, 0, 0, 0, 0, 1]);
      fixed.writeUInt16BE(Number(id), 4);
      const whole = Buffer.concat([fixed, text]);
      const covered = tuple.protocol === 58n ? Buffer.concat([pseudo(whole.length), whole]) : whole;
      whole.writeUInt16BE(checksum(covered), 2);
      return whole;
    }
    default:
      return Buffer.concat([Buffer.alloc(8), text]);
  }
}

/** `undefined` for what is no packet of ours, such as the error that speaks of one. */
export function readFrame(hex: string): Omit<Heard, 'device'> | 'marker' | undefined {
  const whole = Buffer.from(hex, 'hex');
  const outer = whole.readUInt16BE(12);
  if (outer === MARKER_TYPE) return 'marker';
  const behind = outer === TAGGED ? 18 : 14;
  const type = whole.readUInt16BE(behind - 2);
  const family = type === 0x08_00 ? 4 : type === 0x86_dd ? 6 : undefined;
  if (family === undefined) return undefined;
  const ip = whole.subarray(behind);
  const [size, at, protocolAt, start] = family === 4 ? [4, 12, 9, 20] : [16, 8, 6, 40];
  const protocol = BigInt(ip[protocolAt] ?? 0);
  const body = ip.subarray(start);
  const text = /TL:(\d+);/.exec(ip.toString('latin1'));
  if (text === null || isError(protocol, body)) return undefined;
  const hasPorts = protocol === 6n || protocol === 17n;
  const isEcho = protocol === 1n || protocol === 58n;
  return {
    number: Number(text[1]),
    tuple: {
      family,
      protocol,
      source: number(ip.subarray(at, at + size)),
      destination: number(ip.subarray(at + size, at + 2 * size)),
      sourcePort: hasPorts ? BigInt(body.readUInt16BE(0)) : null,
      destinationPort: hasPorts ? BigInt(body.readUInt16BE(2)) : null,
      ...(isEcho
        ? { icmp: { type: BigInt(body[0] ?? 0), code: BigInt(body[1] ?? 0), id: BigInt(body.readUInt16BE(4)) } }
        : {}),
    },
  };
}

function isError(protocol: bigint, body: Buffer): boolean {
  const type = body[0] ?? 0;
  return (protocol === 1n && type === 3) || (protocol === 58n && type < 128);
}

function frame(from: string, to: string, type: number, payload: Buffer): Buffer {
  const kind = Buffer.alloc(2);
  kind.writeUInt16BE(type);
  const padding = Buffer.alloc(Math.max(0, 46 - payload.length));
  return Buffer.concat([mac(to), mac(from), kind, payload, padding]);
}

function mac(text: string): Buffer {
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}

function bytes(value: bigint, size: number): Buffer {
  return Buffer.from(value.toString(16).padStart(size * 2, '0'), 'hex');
}

function number(part: Buffer): bigint {
  return BigInt(`0x${part.toString('hex')}`);
}

/** RFC 1071. */
function checksum(data: Buffer): number {
  const even = data.length % 2 === 0 ? data : Buffer.concat([data, Buffer.alloc(1)]);
  let sum = 0;
  for (let at = 0; at < even.length; at += 2) sum += even.readUInt16BE(at);
  while (sum > 0xff_ff) sum = (sum & 0xff_ff) + (sum >> 16);
  return ~sum & 0xff_ff;
}
