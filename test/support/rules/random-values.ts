/** Addresses and ports that lie close together, so that rules and packets meet. */
import { formatAddress } from '../../../server/core/address.ts';
import type { Chance } from '../chance.ts';

const BASE4 = 0x0a_01_00_00n;
const BASE6 = 0xfd00_000a_0000_0000_0000_0000_0000_0000n;

export function value4(from: Chance): bigint {
  return BASE4 + BigInt(from.upTo(4)) * 256n + BigInt(from.pick([0, 1, 7, 127, 128, 255, from.upTo(256)]));
}

export function value6(from: Chance): bigint {
  return BASE6 + (BigInt(from.upTo(3)) << 64n) + BigInt(from.pick([1, 2, 0xff, 0x1_00, from.upTo(65_536)]));
}

export function address(from: Chance, family: 4 | 6): string {
  return formatAddress(family, family === 4 ? value4(from) : value6(from));
}

export function port(from: Chance): number {
  return from.pick([1, 21, 22, 23, 79, 80, 90, 443, 999, 1000, 1500, 2000, 65_535, from.upTo(65_536)]);
}

/** Values, prefixes and ranges that do not meet. */
export function spans4(from: Chance, count: number): readonly string[] {
  return apart(from, count, () => value4(from), 4);
}

export function spans6(from: Chance, count: number): readonly string[] {
  return apart(from, count, () => value6(from), 6);
}

function apart(from: Chance, count: number, draw: () => bigint, family: 4 | 6): readonly string[] {
  const taken: (readonly [bigint, bigint])[] = [];
  const texts: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const first = draw();
    const bits = BigInt(from.pick([0, 0, 2, 4, 8]));
    const start = (first >> bits) << bits;
    const isRange = from.oneIn(4);
    const [low, high] = isRange ? [first, first + BigInt(from.upTo(60))] : [start, start + (1n << bits) - 1n];
    if (taken.some(([a, b]) => low <= b + 1n && a <= high + 1n)) continue;
    taken.push([low, high]);
    const text = (value: bigint): string => formatAddress(family, value);
    const width = family === 4 ? 32n : 128n;
    texts.push(
      low === high ? text(low) : isRange ? `${text(low)}-${text(high)}` : `${text(low)}/${String(width - bits)}`,
    );
  }
  return texts;
}

export function ports(from: Chance, count: number): readonly string[] {
  const cuts = [...new Set(Array.from({ length: 2 * count }, () => port(from)))].sort((a, b) => a - b);
  const texts: string[] = [];
  while (cuts.length > 0 && texts.length < count) {
    const low = cuts.shift() ?? 0;
    const high = from.oneIn(2) ? cuts.shift() : undefined;
    texts.push(high === undefined ? String(low) : `${String(low)}-${String(high)}`);
  }
  return texts;
}
