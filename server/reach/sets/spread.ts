/**
 * Where packets get to from one stack of a World, all of them at once: through every stack on their way by its sets, and from one
 * to the next as spans of addresses and ports, since each stack tells others apart. What comes out may be too much where
 * something is not understood (`doubts` says where), and is never too little: what nobody can follow is in `open`.
 */
import { addressPart, familyOf, mustParseAddress } from '../../core/address.ts';
import type { NetworkStack, StackId, World } from '../../flow/world.ts';
import type { FieldName } from '../rules/field-names.ts';
import type { Span } from '../rules/ruleset.ts';
import type { Box } from './boxes.ts';
import { boxesOf, inBox } from './boxes.ts';
import type { PacketSet } from './diagrams.ts';
import { NONE } from './diagrams.ts';
import type { End } from './flow.ts';
import type { Layout } from './fields.ts';
import { subjectOf } from './of-stack.ts';
import { onwards } from './onwards.ts';
import { common } from './spans.ts';
import type { StackSets } from './stack.ts';
import { setsIn, sharedLayout } from './stack.ts';

export interface Spread {
  /** Where they end. */
  readonly stack: StackId;
  /** Stacks that they pass, the sender first. */
  readonly path: readonly StackId[];
  readonly sent: Box;
  readonly arriving: Box;
  /** All of them get there for sure. */
  readonly sure: boolean;
  /** Where not: rules that are not understood, each in a few words. */
  readonly doubts: readonly string[];
  /** What sets do not look at, and a packet that is followed hop by hop does: filters of bridges, several routers. */
  readonly unseen: readonly string[];
}

export interface SpreadResult {
  readonly list: readonly Spread[];
  /** What nobody can say more of than that it comes to this stack. */
  readonly open: readonly Spread[];
  /** What was not followed. */
  readonly notes: readonly string[];
}

const MOST_HOPS = 12;
const MOST_BOXES = 500;
/** Steps of one question, before it is told to be too much. */
const MOST_STEPS = 20_000;

/** Packets on their way: at the stack, and not yet through it. */
export interface Travelling {
  readonly stack: NetworkStack;
  /** `''`: sent by the stack itself. */
  readonly device: string;
  readonly path: readonly StackId[];
  readonly box: Box;
  readonly sent: Box;
  /** Fields that are not as they were sent. */
  readonly changed: ReadonlySet<keyof Box>;
  readonly doubts: readonly string[];
  readonly unseen: readonly string[];
}

/** @throws TooComplex */
export function spreadFrom(world: World, from: StackId, family: 4 | 6, sent: Partial<Box> = {}): SpreadResult {
  const stack = world.stacks.get(from);
  if (stack === undefined) return { list: [], open: [], notes: [`nothing is known of ${from}`] };
  const box: Box = { ...everything(family), sources: addressesOf(stack, family), ...sent };
  return spread(world, family, [{ stack, device: '', path: [], box, sent: box, changed: new Set(), ...CERTAIN }]);
}

/** What begins its way. */
export const CERTAIN: Pick<Travelling, 'doubts' | 'unseen'> = { doubts: [], unseen: [] };

interface Found {
  readonly list: Spread[];
  readonly open: Spread[];
  readonly notes: Set<string>;
}

/** @throws TooComplex */
export function spread(world: World, family: 4 | 6, start: readonly Travelling[]): SpreadResult {
  const found: Found = { list: [], open: [], notes: new Set() };
  const todo = [...start];
  let steps = 0;
  for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
    steps += 1;
    if (steps > MOST_STEPS) {
      found.notes.add('there are more ways than are followed');
      break;
    }
    // No way is that long: they go round, and TTL ends it.
    if (next.path.length >= MOST_HOPS) found.notes.add(`packets go round at ${next.stack.node}`);
    else todo.push(...through(world, next, family, found));
  }
  return { list: found.list, open: found.open, notes: [...found.notes] };
}

export function everything(family: 4 | 6): Box {
  const last = (1n << (family === 4 ? 32n : 128n)) - 1n;
  return {
    destinations: [{ first: 0n, last }],
    sources: [{ first: 0n, last }],
    ports: [{ first: 0n, last: 65_535n }],
    protocols: Array.from({ length: 256 }, (_, value) => BigInt(value)),
    icmpTypes: [{ first: 0n, last: 255n }],
  };
}

/** That it sends from to others. */
export function addressesOf({ interfaces }: NetworkStack, family: 4 | 6): readonly Span[] {
  const values = [...interfaces.values()]
    .flatMap(({ addresses }) => addresses.map(addressPart).filter((each) => familyOf(each) === family))
    .map((each) => mustParseAddress(each).value)
    .filter((value) => (family === 4 ? value >> 24n !== 127n : value !== 1n && value >> 118n !== 0x3fan));
  return [...new Set(values)].toSorted((a, b) => (a < b ? -1 : 1)).map((value) => ({ first: value, last: value }));
}

interface Model {
  readonly sets: StackSets;
  readonly ends: Map<string, Ends>;
}

interface Ends {
  readonly list: readonly End[];
  /** By end, the packets of it that another end may take as well: which of them does, is not understood. */
  readonly shared: readonly PacketSet[];
}

const models = new WeakMap<NetworkStack, Map<4 | 6, Model>>();

/** Kept as long as the stack is: what changes is another stack. */
function modelOf(stack: NetworkStack, family: 4 | 6): Model {
  const known = models.get(stack) ?? new Map<4 | 6, Model>();
  models.set(stack, known);
  const found = known.get(family);
  if (found !== undefined) return found;
  const subject = subjectOf(stack);
  const model = { sets: setsIn(sharedLayout([subject], family), subject), ends: new Map<string, Ends>() };
  known.set(family, model);
  return model;
}

/**
 * Of what comes in by the interface (`''`: what it sends itself).
 *
 * @throws TooComplex
 */
export function endsBy(
  stack: NetworkStack,
  family: 4 | 6,
  device: string,
): {
  readonly layout: Layout;
  readonly ends: readonly End[];
  readonly shared: readonly PacketSet[];
  readonly arriving: PacketSet;
} {
  const { sets, ends } = modelOf(stack, family);
  const arriving = sets.arriving(device);
  const found = ends.get(device) ?? withShared(sets.layout, sets.endsOf(arriving));
  ends.set(device, found);
  return { layout: sets.layout, ends: found.list, shared: found.shared, arriving };
}

/** From both sides: of thousands of published ports, each is compared with all others at once. */
function withShared({ diagrams }: Layout, list: readonly End[]): Ends {
  const before: PacketSet[] = [];
  let all: PacketSet = NONE;
  for (const { packets } of list) {
    before.push(all);
    all = diagrams.or(all, packets);
  }
  let after: PacketSet = NONE;
  const shared = list.map((): PacketSet => NONE);
  for (const [index, { packets }] of [...list.entries()].toReversed()) {
    shared[index] = diagrams.and(packets, diagrams.or(before[index] ?? NONE, after));
    after = diagrams.or(after, packets);
  }
  return { list, shared };
}

function through(world: World, travelling: Travelling, family: 4 | 6, found: Found): readonly Travelling[] {
  const { stack, device, box } = travelling;
  if (stack.unread.length > 0) {
    leaveOpen(travelling, box, `${stack.node} has ${stack.unread.join(', ')}`, found);
    return [];
  }
  const { layout, ends, shared, arriving } = endsBy(stack, family, device);
  const { diagrams } = layout;
  const here = diagrams.and(inBox(layout, box), arriving);
  return ends.flatMap((end, index): readonly Travelling[] => {
    if (end.verdict !== 'forwarded' && end.verdict !== 'local' && end.verdict !== 'unknown') return [];
    const packets = diagrams.and(end.packets, here);
    if (packets === NONE) return [];
    const doubtful = diagrams.and(packets, shared[index] ?? NONE);
    return [
      ...passed(world, travelling, { layout, end, packets: diagrams.minus(packets, doubtful), sure: true }, found),
      ...passed(world, travelling, { layout, end, packets: doubtful, sure: false }, found),
    ];
  });
}

interface Passed {
  readonly layout: Layout;
  readonly end: End;
  readonly packets: PacketSet;
  readonly sure: boolean;
}

function passed(
  world: World,
  travelling: Travelling,
  { layout, end, packets, sure }: Passed,
  found: Found,
): readonly Travelling[] {
  if (packets === NONE) return [];
  const { stack, device, path, box, changed, unseen } = travelling;
  const family = layout.family;
  const { list: boxes, more } = boxesOf(layout, packets, MOST_BOXES);
  if (more) found.notes.add(`${stack.node} tells more packets apart than are followed`);
  return boxes.flatMap((each): readonly Travelling[] => {
    const arrived = narrowed(each, box);
    if (arrived === undefined) return [];
    const doubts = [...travelling.doubts, ...doubtsOf(stack, box, arrived, changed, sure)];
    const sent = sentAs(travelling.sent, arrived, changed);
    if (end.verdict === 'unknown') {
      leaveOpen({ ...travelling, sent, doubts }, arrived, `what ${stack.node} does with it is not understood`, found);
      return [];
    }
    const { now, touched } = rewritten(arrived, end, family);
    const next = { path: [...path, stack.id], sent, changed: new Set([...changed, ...touched]), doubts };
    if (end.verdict === 'local' || end.device === null || end.device === 'lo') {
      if (device !== '') found.list.push({ ...ended(stack, next.path, unseen, doubts), sent, arriving: now });
      return [];
    }
    return onwards(world, stack, end.device, family, now, found.notes).map(({ doubt, ...to }) => ({
      ...next,
      ...to,
      unseen: doubt === null ? unseen : [...unseen, doubt],
    }));
  });
}

function doubtsOf(
  stack: NetworkStack,
  before: Box,
  now: Box,
  changed: ReadonlySet<keyof Box>,
  sure: boolean,
): readonly string[] {
  // Which of those that were sent have become these cannot be said any more.
  const lost = [...changed].some((name) => sizeOf(now, name) < sizeOf(before, name));
  return [
    ...(sure ? [] : [`rules of ${stack.node} that are not understood decide`]),
    ...(lost ? [`${stack.node} tells packets apart by what was translated before`] : []),
  ];
}

function sizeOf(box: Box, name: keyof Box): bigint {
  if (name === 'protocols') return BigInt(box.protocols.length);
  return box[name].reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
}

function leaveOpen(travelling: Travelling, arriving: Box, why: string, { open }: Found): void {
  const { stack, path, sent, doubts, unseen } = travelling;
  open.push({ ...ended(stack, [...path, stack.id], unseen, [...doubts, why]), sent, arriving });
}

function ended(
  { id }: NetworkStack,
  path: readonly StackId[],
  unseen: readonly string[],
  doubts: readonly string[],
): Omit<Spread, 'sent' | 'arriving'> {
  const [why, also] = [doubts, unseen].map((list) => [...new Set(list)]);
  const sure = doubts.length === 0 && unseen.length === 0;
  return { stack: id, path, sure, doubts: why ?? [], unseen: also ?? [] };
}

export function narrowed(box: Box, to: Box): Box | undefined {
  const found: Box = {
    destinations: common(box.destinations, to.destinations),
    sources: common(box.sources, to.sources),
    ports: common(box.ports, to.ports),
    protocols: box.protocols.filter((each) => to.protocols.includes(each)),
    icmpTypes: common(box.icmpTypes, to.icmpTypes),
  };
  return Object.values(found).some((each: readonly unknown[]) => each.length === 0) ? undefined : found;
}

function sentAs(sent: Box, arrived: Box, changed: ReadonlySet<keyof Box>): Box {
  const same = Object.entries(arrived).filter(([name]) => !changed.has(name as keyof Box));
  return { ...sent, ...Object.fromEntries(same) };
}

function rewritten(box: Box, end: End, family: 4 | 6): { readonly now: Box; readonly touched: readonly (keyof Box)[] } {
  const word = family === 4 ? 'ip' : 'ip6';
  const names: readonly (readonly [FieldName, 'destinations' | 'sources' | 'ports'])[] = [
    [`${word} daddr`, 'destinations'],
    [`${word} saddr`, 'sources'],
    ['th dport', 'ports'],
  ];
  const whole = everything(family);
  let now = box;
  const touched: (keyof Box)[] = [];
  for (const [field, name] of names) {
    const value = end.rewritten.get(field);
    if (value === undefined) continue;
    touched.push(name);
    now = { ...now, [name]: value === 'some' ? whole[name] : [{ first: value, last: value }] };
  }
  return { now, touched };
}
