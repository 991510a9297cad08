/** Reads a pcap file with nanoseconds, little-endian (draft-ietf-opsawg-pcap), as `lab capture` writes it. Throws where it is none. */
export interface CapturedFrame {
  /** Since 1970. */
  readonly timeNs: bigint;
  readonly bytes: Buffer;
}

export function readPcap(file: Buffer): readonly CapturedFrame[] {
  const header = [file.readUInt32LE(0).toString(16), file.readUInt16LE(4), file.readUInt16LE(6), file.readUInt32LE(20)];
  if (header.join(' ') !== 'a1b23c4d 2 4 1')
    throw new Error(`no pcap of Ethernet with nanoseconds: ${header.join(' ')}`);
  const frames: CapturedFrame[] = [];
  for (let at = 24; at < file.length;) {
    const [seconds, nanoseconds, length, original] = [0, 4, 8, 12].map((offset) => file.readUInt32LE(at + offset));
    if (length === undefined || length !== original || length < 14 || at + 16 + length > file.length)
      throw new Error(`a frame at ${String(at)} is cut off`);
    const timeNs = BigInt(seconds ?? 0) * 1_000_000_000n + BigInt(nanoseconds ?? 0);
    frames.push({ timeNs, bytes: file.subarray(at + 16, at + 16 + length) });
    at += 16 + length;
  }
  return frames;
}

/** ICMP echoes over IPv4: `10.1.0.11 > 10.1.0.10 request`. */
export function echoesOf(frames: readonly CapturedFrame[]): readonly string[] {
  return frames.flatMap(({ bytes }) => {
    if (bytes.readUInt16BE(12) !== 0x08_00 || bytes[23] !== 1) return [];
    const address = (at: number): string => [...bytes.subarray(at, at + 4)].join('.');
    const type = bytes[14 + ((bytes[14] ?? 0) & 15) * 4];
    const word = type === 8 ? 'request' : type === 0 ? 'reply' : undefined;
    return word === undefined ? [] : [`${address(26)} > ${address(30)} ${word}`];
  });
}
