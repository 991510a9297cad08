/**
 * Which fields of a packet the sets know, and the classes that each field's values are cut into. Values of one class are alike
 * to every rule: addresses and ports are cut at each boundary that a rule names, names of interfaces at each name and each
 * beginning of one; small fields have a class for each value.
 */
import type { FieldName } from '../rules/field-names.ts';
import type { NamePattern, Part, Span } from '../rules/ruleset.ts';
import type { Block, ClassRange, PacketSet } from './diagrams.ts';
import { Diagrams } from './diagrams.ts';
import { WITH_PORTS } from '../rules/fields.ts';

/** `tracked`: conntrack has an entry for it. `notrack`: a rule has asked it not to. */
export type SetField = FieldName | 'tracked' | 'notrack';

/** What its values are, in order; `null` is any value that is not in the list. */
export type Classes =
  | { readonly type: 'spans'; readonly starts: readonly bigint[]; readonly last: bigint }
  | { readonly type: 'values'; readonly values: readonly (bigint | null)[] }
  /** A name each; one that holds a NUL stands for all that begin as it does and have no class of their own. */
  | { readonly type: 'names'; readonly names: readonly string[] };

export interface Field {
  readonly name: SetField;
  readonly classes: Classes;
  readonly block: Block;
  /** Packets that have it; `elsewhere`: of others it is known that they do not, or nothing is known. */
  readonly present: PacketSet;
  readonly elsewhere: 'absent' | 'unknown';
}

/** The fields of one family of one stack. */
export interface Layout {
  readonly family: 4 | 6;
  readonly diagrams: Diagrams;
  readonly fields: ReadonlyMap<SetField, Field>;
  /** Every field has a value that there is. */
  readonly valid: PacketSet;
}

/** First the ones that tell most packets apart. */
const ORDER: readonly (SetField | ((word: 'ip' | 'ip6') => FieldName))[] = [
  (word) => `${word} daddr`,
  (word) => `ct original ${word} daddr`,
  (word) => `${word} saddr`,
  (word) => `ct original ${word} saddr`,
  ...(['th dport', 'ct original proto-dst', 'th sport', 'ct original proto-src', 'l4proto'] as const),
  ...(['icmp type', 'icmp code', 'icmpv6 type', 'icmpv6 code', 'tcp flags'] as const),
  ...([
    'iifname',
    'oifname',
    'tracked',
    'notrack',
    'ct state',
    'ct status',
    'ct direction',
    'mark',
    'ct mark',
  ] as const),
  ...(['fib saddr type', 'fib daddr type', 'fib daddr . iif type', 'fib saddr . iif type'] as const),
  ...(['fib saddr oif', 'fib saddr . iif oif', 'fib saddr . mark . iif oif'] as const),
];

export function layoutOf(family: 4 | 6, classes: ReadonlyMap<SetField, Classes>, nodes?: number): Layout {
  const word = family === 4 ? 'ip' : 'ip6';
  const names = ORDER.map((each) => (typeof each === 'function' ? each(word) : each)).filter((name) =>
    classes.has(name),
  );
  const sizes = names.map((name) => sizeOf(classes.get(name)));
  const diagrams = new Diagrams(sizes, nodes);
  const fields = new Map<SetField, Field>();
  names.forEach((name, index) => {
    const block = diagrams.blocks[index];
    const own = classes.get(name);
    if (block !== undefined && own !== undefined)
      fields.set(name, { name, classes: own, block, present: 1, elsewhere: 'absent' });
  });
  const layout: Layout = { family, diagrams, fields, valid: 1 };
  for (const [name, field] of fields) fields.set(name, { ...field, ...presenceOf(layout, name) });
  const valid = diagrams.blocks
    .toReversed()
    .reduce((set, block) => diagrams.and(diagrams.classes(block, [[0, block.size - 1]]), set), 1);
  return { ...layout, valid };
}

export function sizeOf(classes: Classes | undefined): number {
  switch (classes?.type) {
    case 'spans':
      return classes.starts.length;
    case 'values':
      return classes.values.length;
    case 'names':
      return classes.names.length;
    default:
      return 1;
  }
}

function presenceOf(layout: Layout, name: SetField): Pick<Field, 'present' | 'elsewhere'> {
  const { diagrams } = layout;
  const protocols = (...values: readonly bigint[]): PacketSet => havingValues(layout, 'l4proto', values);
  const tracked = havingValues(layout, 'tracked', [1n]);
  switch (name) {
    case 'th sport':
    case 'th dport':
      return { present: protocols(...WITH_PORTS), elsewhere: 'unknown' };
    case 'icmp type':
    case 'icmp code':
      return { present: layout.family === 4 ? protocols(1n) : 0, elsewhere: 'unknown' };
    case 'icmpv6 type':
    case 'icmpv6 code':
      return { present: layout.family === 6 ? protocols(58n) : 0, elsewhere: 'unknown' };
    case 'tcp flags':
      return { present: protocols(6n), elsewhere: 'absent' };
    case 'ct original proto-src':
    case 'ct original proto-dst':
      return { present: diagrams.and(tracked, protocols(...WITH_PORTS)), elsewhere: 'absent' };
    case 'ct status':
    case 'ct mark':
    case 'ct direction':
    case 'ct original ip saddr':
    case 'ct original ip daddr':
    case 'ct original ip6 saddr':
    case 'ct original ip6 daddr':
      return { present: tracked, elsewhere: 'absent' };
    default:
      return { present: 1, elsewhere: 'absent' };
  }
}

export function havingValues({ fields, diagrams }: Layout, name: SetField, values: readonly bigint[]): PacketSet {
  const field = fields.get(name);
  if (field === undefined) return 0;
  return diagrams.classes(field.block, rangesOf(values.flatMap((value) => classOf(field, value) ?? [])));
}

/** The class of a value: `undefined` where it has none of its own. */
export function classOf({ classes }: Field, value: bigint | string): number | undefined {
  switch (classes.type) {
    case 'spans':
      return typeof value === 'bigint' ? spanAt(classes.starts, value) : undefined;
    case 'values': {
      const at = typeof value === 'bigint' ? classes.values.indexOf(value) : -1;
      const other = classes.values.indexOf(null);
      return at >= 0 ? at : other >= 0 ? other : undefined;
    }
    case 'names': {
      const at = typeof value === 'string' ? classes.names.indexOf(value) : -1;
      return at >= 0 ? at : typeof value === 'string' ? nearestName(classes.names, value) : undefined;
    }
  }
}

/** The longest beginning that stands for names without a class of their own. */
function nearestName(names: readonly string[], name: string): number | undefined {
  let best: number | undefined;
  names.forEach((each, at) => {
    const rest = each.endsWith('\0') && name.startsWith(each.slice(0, -1));
    if (rest && (best === undefined || each.length > (names[best]?.length ?? 0))) best = at;
  });
  return best;
}

/** The last start that is not beyond the value. */
export function spanAt(starts: readonly bigint[], value: bigint): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0n) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The values of a class of addresses or ports. */
export function spanOf({ classes }: Field, index: number): Span | undefined {
  if (classes.type !== 'spans') return undefined;
  const first = classes.starts[index];
  if (first === undefined) return undefined;
  return { first, last: (classes.starts[index + 1] ?? classes.last + 1n) - 1n };
}

/** Classes that lie in it wholly, or partly where the mask leaves that open: `[surely, perhaps]`. */
export function classesIn({ classes }: Field, part: Part, mask: bigint | null): readonly [ClassRange[], ClassRange[]] {
  switch (classes.type) {
    case 'names': {
      const found = 'name' in part ? rangesOf(matchingNames(classes.names, part)) : [];
      return [found, found];
    }
    case 'values': {
      if ('name' in part) return [[], []];
      const sure: number[] = [];
      const perhaps: number[] = [];
      classes.values.forEach((value, index) => {
        if (value === null) perhaps.push(index);
        else {
          const masked = mask === null ? value : value & mask;
          if (masked < part.first || masked > part.last) return;
          sure.push(index);
          perhaps.push(index);
        }
      });
      return [rangesOf(sure), rangesOf(perhaps)];
    }
    case 'spans': {
      if ('name' in part) return [[], []];
      const all: ClassRange = [0, classes.starts.length - 1];
      const span = mask === null ? part : unmasked(part, mask, classes.last);
      if (span === 'none') return [[], []];
      if (span === undefined) return [[], [all]];
      if (span.first > classes.last) return [[], []];
      const last = span.last > classes.last ? classes.last : span.last;
      const range: ClassRange = [spanAt(classes.starts, span.first), spanAt(classes.starts, last)];
      return [[range], [range]];
    }
  }
}

/** Where the mask is a prefix: the span of values that give one in the part. `undefined` for other masks. */
export function unmasked({ first, last }: Span, mask: bigint, most: bigint): Span | 'none' | undefined {
  const host = most & ~mask;
  if ((host & (host + 1n)) !== 0n) return undefined;
  const [low, high] = [(first + host) & ~host, (last & ~host) | host];
  return low > high ? 'none' : { first: low, last: high };
}

function matchingNames(names: readonly string[], { name, prefix }: NamePattern): readonly number[] {
  return names.flatMap((each, index) => ((prefix ? each.startsWith(name) : each === name) ? [index] : []));
}

export function rangesOf(indexes: readonly number[]): ClassRange[] {
  const ranges: [number, number][] = [];
  for (const index of indexes.toSorted((a, b) => a - b)) {
    const before = ranges.at(-1);
    if (before !== undefined && index <= before[1] + 1) before[1] = index;
    else ranges.push([index, index]);
  }
  return ranges;
}

/** Ranges of which some may touch or overlap. */
export function joinedRanges(ranges: readonly ClassRange[]): ClassRange[] {
  const joined: [number, number][] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = joined.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}
