/**
 * Sets of packets as reduced ordered binary decision diagrams (Bryant 1986), each a number. One manager holds all sets of one
 * stack and family: equal sets have equal numbers, so that equality and emptiness cost nothing.
 *
 * Variables come in blocks, one a field; a block's value is the index of a class of the field's values. A manager that grows past
 * its budget throws `TooComplex`: who asked says so, and nobody guesses.
 */

/** A set of packets. */
export type PacketSet = number;

export const NONE: PacketSet = 0;
export const ALL: PacketSet = 1;

export class TooComplex extends Error {
  constructor(nodes: number) {
    super(`more than ${String(nodes)} nodes of decision diagrams`);
    this.name = 'TooComplex';
  }
}

export interface Block {
  readonly index: number;
  readonly firstLevel: number;
  readonly bits: number;
  /** Values are 0 to `size` - 1. */
  readonly size: number;
}

/** Inclusive, sorted, not overlapping: classes of a block. */
export type ClassRange = readonly [number, number];

const [AND, OR, XOR, MINUS, WITHOUT, FIXED] = [0, 1, 2, 3, 4, 5];
/** Operations remembered, as a power of two: as many as there are nodes, within these. */
const [LEAST_CACHE, MOST_CACHE] = [15, 19];

/** What was done last, of the manager that is at work: hundreds of managers would keep hundreds of these for nothing. */
const memory: { owner: Diagrams | null; bits: number; cache: Int32Array } = {
  owner: null,
  bits: LEAST_CACHE,
  cache: new Int32Array(3 << LEAST_CACHE),
};
const BEYOND = 0x7f_ff_ff;
export const DEFAULT_NODES = 4_000_000;

export class Diagrams {
  readonly blocks: readonly Block[];
  private level: Int32Array;
  private low: Int32Array;
  private high: Int32Array;
  /** Blocks that the set depends on, a bit each. */
  private blocksOf: Int32Array;
  private table: Int32Array;
  private count = 2;
  private readonly blockAt: Int32Array;
  private readonly most: number;

  /** @param sizes how many classes each field has, in the order of the variables. */
  constructor(sizes: readonly number[], most: number = DEFAULT_NODES) {
    this.most = most;
    let levels = 0;
    this.blocks = sizes.map((size, index) => {
      const bits = size <= 1 ? 0 : 32 - Math.clz32(size - 1);
      const block = { index, firstLevel: levels, bits, size };
      levels += bits;
      return block;
    });
    this.blockAt = new Int32Array(levels + 1);
    for (const { index, firstLevel, bits } of this.blocks) this.blockAt.fill(index, firstLevel, firstLevel + bits);
    const room = 1 << 12;
    this.level = new Int32Array(room);
    this.low = new Int32Array(room);
    this.high = new Int32Array(room);
    this.blocksOf = new Int32Array(room);
    this.table = new Int32Array(room * 2);
    this.level.fill(BEYOND, 0, 2);
  }

  get nodes(): number {
    return this.count;
  }

  /** Whether the value of any of the blocks makes a difference. */
  dependsOn(a: PacketSet, ...blocks: readonly Block[]): boolean {
    let mask = 0;
    for (const { index } of blocks) mask |= 1 << index;
    return ((this.blocksOf[a] ?? 0) & mask) !== 0;
  }

  /** Everything made since is forgotten by `release`. */
  mark(): number {
    return this.count;
  }

  release(mark: number): void {
    if (mark >= this.count) return;
    this.count = mark;
    this.rehash(this.table.length);
    if (memory.owner === this) memory.owner = null;
  }

  and(a: PacketSet, b: PacketSet): PacketSet {
    return this.apply(AND, a, b);
  }

  or(a: PacketSet, b: PacketSet): PacketSet {
    return this.apply(OR, a, b);
  }

  xor(a: PacketSet, b: PacketSet): PacketSet {
    return this.apply(XOR, a, b);
  }

  /** What is in `a` and not in `b`. */
  minus(a: PacketSet, b: PacketSet): PacketSet {
    return this.apply(MINUS, a, b);
  }

  not(a: PacketSet): PacketSet {
    return this.apply(MINUS, ALL, a);
  }

  meets(a: PacketSet, b: PacketSet): boolean {
    return this.and(a, b) !== NONE;
  }

  /** Halves first: a long list costs little more than its result. */
  union(sets: readonly PacketSet[]): PacketSet {
    if (sets.length === 0) return NONE;
    let list = sets;
    while (list.length > 1) {
      const next: PacketSet[] = [];
      for (let at = 0; at < list.length; at += 2) next.push(this.or(list[at] ?? NONE, list[at + 1] ?? NONE));
      list = next;
    }
    return list[0] ?? NONE;
  }

  /** Whatever the values of the fields. */
  without(a: PacketSet, ...blocks: readonly Block[]): PacketSet {
    let mask = 0;
    let end = 0;
    for (const { index, firstLevel, bits } of blocks) {
      mask |= 1 << index;
      end = Math.max(end, firstLevel + bits);
    }
    return this.project(a, mask, end);
  }

  /** The same packets where the field has this value, of which the result says nothing. */
  fixed(a: PacketSet, { index }: Block, value: number): PacketSet {
    return this.restrict(a, index, value);
  }

  /** The packets whose field is in one of the classes. */
  classes({ firstLevel, bits, size }: Block, ranges: readonly ClassRange[]): PacketSet {
    const build = (depth: number, from: number, first: number, last: number): PacketSet => {
      if (first > last) return NONE;
      const width = 2 ** (bits - depth);
      const [start] = ranges[first] ?? [0, 0];
      if (first === last && start <= from && (ranges[first]?.[1] ?? 0) >= Math.min(from + width, size) - 1) return ALL;
      const middle = from + width / 2;
      let split = first;
      while (split <= last && (ranges[split]?.[1] ?? 0) < middle) split += 1;
      const leftLast = split <= last && (ranges[split]?.[0] ?? 0) < middle ? split : split - 1;
      const low = build(depth + 1, from, first, leftLast);
      const high = build(depth + 1, middle, split, last);
      return this.make(firstLevel + depth, low, high);
    };
    return size === 0 ? NONE : build(0, 0, 0, ranges.length - 1);
  }

  /** Whether the packet of these classes, one a block, is in the set. */
  holds(a: PacketSet, packet: ArrayLike<number>): boolean {
    let node = a;
    while (node > 1) {
      const level = this.level[node] ?? 0;
      const block = this.blocks[this.blockAt[level] ?? 0];
      if (block === undefined) throw new RangeError('a level of no block');
      const bit = ((packet[block.index] ?? 0) >> (block.bits - 1 - (level - block.firstLevel))) & 1;
      node = (bit === 1 ? this.high[node] : this.low[node]) ?? 0;
    }
    return node === ALL;
  }

  /** By what remains of the set below it: which classes of the block lead there. Blocks above must be fixed or not matter. */
  branches(a: PacketSet, block: Block): ReadonlyMap<PacketSet, readonly ClassRange[]> {
    const found = new Map<PacketSet, [number, number][]>();
    const end = block.firstLevel + block.bits;
    const walk = (node: PacketSet, depth: number, from: number): void => {
      if (node === NONE || from >= block.size) return;
      const level = this.level[node] ?? BEYOND;
      const width = 2 ** (block.bits - depth);
      if (level >= end) {
        const list = found.get(node) ?? [];
        found.set(node, list);
        const last = Math.min(from + width, block.size) - 1;
        const before = list.at(-1);
        if (before?.[1] === from - 1) before[1] = last;
        else list.push([from, last]);
        return;
      }
      const here = level === block.firstLevel + depth;
      walk(here ? (this.low[node] ?? 0) : node, depth + 1, from);
      walk(here ? (this.high[node] ?? 0) : node, depth + 1, from + width / 2);
    };
    walk(a, 0, 0);
    return found;
  }

  private apply(operation: number, a: PacketSet, b: PacketSet): PacketSet {
    switch (operation) {
      case AND:
        if (a === b || b === ALL) return a;
        if (a === ALL) return b;
        if (a === NONE || b === NONE) return NONE;
        break;
      case OR:
        if (a === b || b === NONE) return a;
        if (a === NONE) return b;
        if (a === ALL || b === ALL) return ALL;
        break;
      case XOR:
        if (a === b) return NONE;
        if (b === NONE) return a;
        if (a === NONE) return b;
        break;
      default:
        if (a === b || a === NONE || b === ALL) return NONE;
        if (b === NONE) return a;
    }
    const swap = operation !== MINUS && a > b;
    const left = swap ? b : a;
    const right = swap ? a : b;
    const known = this.remembered(operation, left, right);
    if (known >= 0) return known;
    const [leftLevel, rightLevel] = [this.level[left] ?? BEYOND, this.level[right] ?? BEYOND];
    const level = leftLevel < rightLevel ? leftLevel : rightLevel;
    const low = this.apply(
      operation,
      leftLevel === level ? (this.low[left] ?? 0) : left,
      rightLevel === level ? (this.low[right] ?? 0) : right,
    );
    const high = this.apply(
      operation,
      leftLevel === level ? (this.high[left] ?? 0) : left,
      rightLevel === level ? (this.high[right] ?? 0) : right,
    );
    return this.remember(operation, left, right, this.make(level, low, high));
  }

  /** @param mask blocks that do not matter; the last of their levels is before `end`. */
  private project(a: PacketSet, mask: number, end: number): PacketSet {
    const level = this.level[a] ?? BEYOND;
    if (level >= end || ((this.blocksOf[a] ?? 0) & mask) === 0) return a;
    const known = this.remembered(WITHOUT, a, mask);
    if (known >= 0) return known;
    const low = this.project(this.low[a] ?? 0, mask, end);
    const high = this.project(this.high[a] ?? 0, mask, end);
    const gone = ((mask >> (this.blockAt[level] ?? 0)) & 1) === 1;
    return this.remember(WITHOUT, a, mask, gone ? this.or(low, high) : this.make(level, low, high));
  }

  private restrict(a: PacketSet, index: number, value: number): PacketSet {
    const block = this.blocks[index];
    if ((((this.blocksOf[a] ?? 0) >> index) & 1) === 0) return a;
    let node = a;
    for (;;) {
      const level = this.level[node] ?? BEYOND;
      if (block === undefined || level >= block.firstLevel + block.bits) return node;
      if (level < block.firstLevel) break;
      const bit = (value >> (block.bits - 1 - (level - block.firstLevel))) & 1;
      node = (bit === 1 ? this.high[node] : this.low[node]) ?? 0;
    }
    const key = index * 0x1_00_00_00 + value;
    const known = this.remembered(FIXED, node, key);
    if (known >= 0) return known;
    const low = this.restrict(this.low[node] ?? 0, index, value);
    const high = this.restrict(this.high[node] ?? 0, index, value);
    return this.remember(FIXED, node, key, this.make(this.level[node] ?? BEYOND, low, high));
  }

  private slotOf(operation: number, a: number, b: number): number {
    const mixed = Math.imul(a, 0x9e_37_79_b1) ^ Math.imul(b + operation * 0x51_ed, 0x85_eb_ca_6b);
    return ((mixed ^ (mixed >>> 15)) & ((1 << memory.bits) - 1)) * 3;
  }

  private remembered(operation: number, a: number, b: number): number {
    if (memory.owner !== this) {
      memory.owner = this;
      memory.cache.fill(-1);
    }
    const slot = this.slotOf(operation, a, b);
    const { cache } = memory;
    // Nodes are fewer than 2 to the 28th, so that the operation finds room beside them.
    return cache[slot] === a * 8 + operation && cache[slot + 1] === b ? (cache[slot + 2] ?? -1) : -1;
  }

  private remember(operation: number, a: number, b: number, result: PacketSet): PacketSet {
    const slot = this.slotOf(operation, a, b);
    const { cache } = memory;
    cache[slot] = a * 8 + operation;
    cache[slot + 1] = b;
    cache[slot + 2] = result;
    return result;
  }

  private make(level: number, low: PacketSet, high: PacketSet): PacketSet {
    if (low === high) return low;
    const mask = this.table.length - 1;
    let at = hashOf(level, low, high) & mask;
    for (;;) {
      const node = this.table[at] ?? 0;
      if (node === 0) break;
      if (this.level[node] === level && this.low[node] === low && this.high[node] === high) return node;
      at = (at + 1) & mask;
    }
    return this.add(at, level, low, high);
  }

  private add(at: number, level: number, low: PacketSet, high: PacketSet): PacketSet {
    if (this.count >= this.most) throw new TooComplex(this.most);
    if (this.count >= this.level.length) this.grow();
    const node = this.count++;
    this.level[node] = level;
    this.low[node] = low;
    this.high[node] = high;
    this.blocksOf[node] = (1 << (this.blockAt[level] ?? 0)) | (this.blocksOf[low] ?? 0) | (this.blocksOf[high] ?? 0);
    this.table[at] = node;
    if (this.count * 2 > this.table.length) this.rehash(this.table.length * 2);
    if (this.count > 1 << memory.bits && memory.bits < MOST_CACHE) {
      memory.bits += 1;
      memory.cache = new Int32Array(3 << memory.bits).fill(-1);
    }
    return node;
  }

  private grow(): void {
    const room = this.level.length * 2;
    this.level = widened(this.level, room);
    this.low = widened(this.low, room);
    this.high = widened(this.high, room);
    this.blocksOf = widened(this.blocksOf, room);
  }

  private rehash(size: number): void {
    const table = size === this.table.length ? this.table.fill(0) : new Int32Array(size);
    const mask = size - 1;
    for (let node = 2; node < this.count; node += 1) {
      let at = hashOf(this.level[node] ?? 0, this.low[node] ?? 0, this.high[node] ?? 0) & mask;
      while (table[at] !== 0) at = (at + 1) & mask;
      table[at] = node;
    }
    this.table = table;
  }
}

function hashOf(level: number, low: number, high: number): number {
  const mixed = Math.imul(low, 0x9e_37_79_b1) ^ Math.imul(high, 0x85_eb_ca_6b) ^ Math.imul(level, 0xc2_b2_ae_35);
  return mixed ^ (mixed >>> 15);
}

function widened(from: Int32Array, room: number): Int32Array {
  const to = new Int32Array(room);
  to.set(from);
  return to;
}
