import { digest } from '../core/hash.ts';

/**
 * Gives every name a number of its own from `0` to `size - 1`, so that who gets which depends on the names alone, never on
 * their order or on what was before.
 *
 * Each name tries the numbers in an order of its own (a start and a stride from its hash: every number comes up once). Of two
 * that want one number the higher ranked gets it, by a rank hashed from name and number; the other one tries its next. That is
 * deferred acceptance (Gale and Shapley, "College Admissions and the Stability of Marriage", 1962), whose result does not
 * depend on who asks first. When a name comes or goes, another one moves only where it wanted the very number that changed
 * hands, and so on from there.
 *
 * Where there are more names than free numbers, those with the lowest standing get none: the rest is as if they were not there.
 *
 * @param space what the numbers are of: the same name tries another order in another space.
 * @param taken numbers that nobody can have.
 */
export function chooseNumbers(
  names: readonly string[],
  space: string,
  size: number,
  taken: ReadonlySet<number>,
): ReadonlyMap<string, number> {
  const holders = new Map<number, Seeker>();
  for (const seeker of withRoom(names, space, size, taken)) settle(seeker, holders, size, taken);
  return new Map([...holders].map(([number, { name }]) => [name, number]));
}

interface Seeker {
  readonly name: string;
  /** What its ranks are hashed from. */
  readonly key: number;
  readonly stride: number;
  /** The number that it tries next. */
  next: number;
}

function withRoom(names: readonly string[], space: string, size: number, taken: ReadonlySet<number>): Seeker[] {
  const seekers = names.map((name) => seekerOf(name, space, size));
  const room = size - taken.size;
  if (seekers.length <= room) return seekers;
  return seekers.sort((a, b) => b.key - a.key || (a.name < b.name ? -1 : 1)).slice(0, Math.max(0, room));
}

function seekerOf(name: string, space: string, size: number): Seeker {
  const hash = digest('auto', space, name);
  let stride = 1 + (hash.readUInt32BE(4) % Math.max(1, size - 1));
  // Only a stride without a common divisor comes by every number.
  while (greatestDivisor(stride, size) !== 1) stride = (stride % (size - 1)) + 1;
  return { name, key: hash.readUInt32BE(8), stride, next: hash.readUInt32BE(0) % size };
}

/** Finds a number for one more: whoever is put out by it tries on in turn. */
function settle(seeker: Seeker, holders: Map<number, Seeker>, size: number, taken: ReadonlySet<number>): void {
  let trying = seeker;
  for (;;) {
    const number = trying.next;
    trying.next = (number + trying.stride) % size;
    if (taken.has(number)) continue;
    const holder = holders.get(number);
    if (holder === undefined) {
      holders.set(number, trying);
      return;
    }
    if (outranks(trying, holder, number)) {
      holders.set(number, trying);
      trying = holder;
    }
  }
}

function outranks(one: Seeker, other: Seeker, number: number): boolean {
  const salt = mixed(number);
  const [left, right] = [mixed(one.key ^ salt), mixed(other.key ^ salt)];
  return left === right ? one.name < other.name : left > right;
}

/** Spreads 32 bits over 32 bits (the finalizer of MurmurHash3), so that neighbours have nothing in common. */
function mixed(bits: number): number {
  let value = bits;
  value = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2_ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function greatestDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestDivisor(right, left % right);
}
