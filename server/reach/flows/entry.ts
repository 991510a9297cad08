/**
 * Flows as conntrack keeps them, read from what the kernel answers to a dump (include/uapi/linux/netfilter/
 * nfnetlink_conntrack.h), and the messages that delete exactly those: by tuple, zone and the id of the entry, so that a flow
 * which has taken its place in the meantime stays.
 */
import type { Tuple } from '../judge/packet.ts';

export interface Flow {
  /** As its first packet was sent. */
  readonly original: Tuple;
  /** As answers are sent: ends swapped, after translations. */
  readonly reply: Tuple;
  readonly mark: bigint;
  readonly zone: number;
  /** Bits of `ct status`. */
  readonly status: number;
  /** What a message must hold to mean this flow. */
  readonly key: Buffer;
}

const HEADER = 20;
const [NEW, DELETE] = [0x1_00, 0x1_02];
const [ORIGINAL, REPLY, STATUS, MARK, ID, ZONE] = [1, 2, 3, 8, 12, 18];
const REQUEST_AND_ACK = 5;
const NESTED = 0x80_00;

/** Throws `RangeError` where the answer is not whole. */
export function readFlows(dump: Buffer): readonly Flow[] {
  const flows: Flow[] = [];
  for (let at = 0; at < dump.length;) {
    const length = dump.readUInt32LE(at);
    if (length < HEADER || at + length > dump.length) throw new RangeError(`torn at byte ${String(at)}`);
    if (dump.readUInt16LE(at + 4) === NEW) {
      const flow = readFlow(dump.subarray(at, at + length));
      if (flow !== undefined) flows.push(flow);
    }
    at += (length + 3) & ~3;
  }
  return flows;
}

function readFlow(message: Buffer): Flow | undefined {
  const family = message[16] === 2 ? 4 : message[16] === 10 ? 6 : undefined;
  if (family === undefined) return undefined;
  const parts = attributes(message, HEADER);
  const [original, reply] = [parts.get(ORIGINAL), parts.get(REPLY)];
  if (original === undefined || reply === undefined) return undefined;
  const key = [original, parts.get(ZONE), parts.get(ID)].flatMap((part) => (part === undefined ? [] : [part.whole]));
  const head = Buffer.from([message[16] ?? 0, 0, 0, 0]);
  return {
    original: readTuple(family, original.value),
    reply: readTuple(family, reply.value),
    mark: BigInt(parts.get(MARK)?.value.readUInt32BE() ?? 0),
    zone: parts.get(ZONE)?.value.readUInt16BE() ?? 0,
    status: parts.get(STATUS)?.value.readUInt32BE() ?? 0,
    key: Buffer.concat([head, ...key]),
  };
}

interface Attribute {
  readonly value: Buffer;
  /** With its header and padding. */
  readonly whole: Buffer;
}

function attributes(bytes: Buffer, from: number): ReadonlyMap<number, Attribute> {
  const found = new Map<number, Attribute>();
  for (let at = from; at + 4 <= bytes.length;) {
    const length = bytes.readUInt16LE(at);
    if (length < 4 || at + length > bytes.length) throw new RangeError('an attribute of a flow is torn');
    const padded = (length + 3) & ~3;
    const type = bytes.readUInt16LE(at + 2) & ~(NESTED | 0x40_00);
    found.set(type, { value: bytes.subarray(at + 4, at + length), whole: bytes.subarray(at, at + padded) });
    at += padded;
  }
  return found;
}

function readTuple(family: 4 | 6, bytes: Buffer): Tuple {
  const parts = attributes(bytes, 0);
  const addresses = attributes(parts.get(1)?.value ?? Buffer.alloc(0), 0);
  const protocol = attributes(parts.get(2)?.value ?? Buffer.alloc(0), 0);
  const address = (which: number): bigint => {
    const value = addresses.get(family === 4 ? which : which + 2)?.value;
    if (value === undefined) throw new RangeError('a flow without addresses');
    return BigInt(`0x${value.toString('hex')}`);
  };
  const short = (which: number): bigint | null => {
    const value = protocol.get(which)?.value;
    return value === undefined ? null : BigInt(value.readUInt16BE());
  };
  const byte = (which: number): bigint => BigInt(protocol.get(which)?.value[0] ?? 0);
  const [id, type, code] = family === 4 ? [4, 5, 6] : [7, 8, 9];
  const icmpId = short(id);
  return {
    family,
    protocol: byte(1),
    source: address(1),
    destination: address(2),
    sourcePort: short(2),
    destinationPort: short(3),
    ...(icmpId === null ? {} : { icmp: { type: byte(type), code: byte(code), id: icmpId } }),
  };
}

/** Messages for the kernel, one a flow; each is answered. */
export function deletions(flows: readonly Flow[]): Buffer {
  return Buffer.concat(
    flows.map(({ key }, index) => {
      const head = Buffer.alloc(16);
      head.writeUInt32LE(16 + key.length, 0);
      head.writeUInt16LE(DELETE, 4);
      head.writeUInt16LE(REQUEST_AND_ACK, 6);
      head.writeUInt32LE(index + 1, 8);
      return Buffer.concat([head, key]);
    }),
  );
}
