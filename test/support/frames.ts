/** Frames for `frames.c`, byte by byte; each carries `TL:WORD;`, by which whoever hears it tells which one it is. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAddress } from '../../server/core/address.ts';

export const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** Compiles the program into a folder, and gives its path. */
export function framesProgram(folder: string): string {
  const program = `${folder}/frames`;
  execFileSync('gcc', ['-O2', '-o', program, fileURLToPath(new URL('frames.c', import.meta.url))]);
  return program;
}

export interface Ends {
  readonly from: string;
  readonly to: string;
}

/** An ethertype for local experiments (IEEE 802, 0x88b5), which no stack takes for its own. */
export function plainFrame({ from, to }: Ends, word: string): Buffer {
  return frame({ from, to }, 0x88_b5, mark(word));
}

export function arpRequest(ends: Ends, source: string, target: string, word: string): Buffer {
  const head = Buffer.from([0, 1, 8, 0, 6, 4, 0, 1]);
  return frame(
    ends,
    0x08_06,
    Buffer.concat([head, macBytes(ends.from), addressBytes(source), Buffer.alloc(6), addressBytes(target), mark(word)]),
  );
}

export function udpPacket(ends: Ends, source: string, target: string, word: string): Buffer {
  const text = mark(word);
  const udp = Buffer.concat([shorts(4000, 4000, 8 + text.length, 0), text]);
  const head = Buffer.concat([
    Buffer.from([0x45, 0]),
    shorts(20 + udp.length, 7, 0),
    Buffer.from([64, 17]),
    shorts(0),
    addressBytes(source),
    addressBytes(target),
  ]);
  head.writeUInt16BE(checksum(head), 10);
  return frame(ends, 0x08_00, Buffer.concat([head, udp]));
}

/** To the group of the target's solicited-node address (RFC 4291, 2.7.1), as IPv6 asks for a neighbour. */
export function neighbourSolicitation(from: string, source: string, target: string, word: string): Buffer {
  const low = addressBytes(target).subarray(13);
  const group = Buffer.concat([Buffer.from('ff0200000000000000000001ff', 'hex'), low]);
  const to = `33:33:ff:${[...low].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
  const body = Buffer.concat([Buffer.from([135, 0, 0, 0, 0, 0, 0, 0]), addressBytes(target), mark(word)]);
  return icmpv6({ from, to }, addressBytes(source), group, body);
}

/** ICMPv6 type 2: it passes filters that know nothing of the flow it is about. */
export function packetTooBig(ends: Ends, source: string, target: string, word: string): Buffer {
  const about = Buffer.concat([Buffer.from([0x60, 0, 0, 0, 0, 0, 59, 64]), addressBytes(target), addressBytes(source)]);
  const body = Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 5, 0]), about, mark(word)]);
  return icmpv6(ends, addressBytes(source), addressBytes(target), body);
}

/** To the group of LLDP (IEEE 802.1AB), which a bridge keeps to itself and shows to no filter. */
export function lldpFrame(from: string, word: string): Buffer {
  return frame({ from, to: '01:80:c2:00:00:0e' }, 0x88_cc, mark(word));
}

/** What a guest sends that knows of VLANs. */
export function taggedFrame({ from, to }: Ends, vid: number, word: string): Buffer {
  return frame({ from, to }, 0x81_00, Buffer.concat([shorts(vid, 0x88_b5), mark(word)]));
}

function icmpv6(ends: Ends, source: Buffer, target: Buffer, body: Buffer): Buffer {
  const pseudo = Buffer.concat([source, target, shorts(0, body.length, 0, 58), body]);
  body.writeUInt16BE(checksum(pseudo), 2);
  const head = Buffer.concat([Buffer.from([0x60, 0, 0, 0]), shorts(body.length), Buffer.from([58, 255])]);
  return frame(ends, 0x86_dd, Buffer.concat([head, source, target, body]));
}

function frame({ from, to }: Ends, type: number, payload: Buffer): Buffer {
  const padding = Buffer.alloc(Math.max(0, 46 - payload.length));
  return Buffer.concat([macBytes(to), macBytes(from), shorts(type), payload, padding]);
}

function mark(word: string): Buffer {
  return Buffer.from(`TL:${word};`, 'latin1');
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

function addressBytes(text: string): Buffer {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return Buffer.from(address.value.toString(16).padStart(address.family === 4 ? 8 : 32, '0'), 'hex');
}

function shorts(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => bytes.writeUInt16BE(value, 2 * index));
  return bytes;
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  const even = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
  let sum = 0;
  for (let at = 0; at < even.length; at += 2) sum += even.readUInt16BE(at);
  while (sum > 0xff_ff) sum = (sum & 0xff_ff) + (sum >> 16);
  return ~sum & 0xff_ff;
}
