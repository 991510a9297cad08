/**
 * What a change of one stack opens and closes: packets that may pass in one state and not in the other, by the interface they come
 * in by and by where they end, each with a packet that shows it. Every such packet has been sent through both states one hop at a
 * time (`judge`) before it is told of.
 */
import { judge } from '../judge/walk.ts';
import type { Judgement } from '../judge/walk.ts';
import { packetOf } from '../judge/packet.ts';
import { once } from './once.ts';
import type { FieldName } from '../rules/field-names.ts';
import type { Span } from '../rules/ruleset.ts';
import type { Cell, Cells } from './alike.ts';
import { cellsOf, cut } from './alike.ts';
import type { Box } from './boxes.ts';
import { boxesOf, inBox, pick } from './boxes.ts';
import type { Picked, Wishes } from './boxes.ts';
import type { PacketSet } from './diagrams.ts';
import { NONE } from './diagrams.ts';
import { stackOf } from './facts.ts';
import { havingName } from './facts.ts';
import type { End, JoinedEnd } from './flow.ts';
import { endsOneByOne } from './flow.ts';
import type { Case } from './rewritten.ts';
import type { Layout } from './fields.ts';
import { classesIn, spanOf } from './fields.ts';
import type { StackSets, Subject } from './stack.ts';
import { setsIn, sharedLayout } from './stack.ts';

export interface StackDifference {
  readonly direction: 'opened' | 'closed';
  /** The interface that the packets come in by. */
  readonly from: string;
  /** By which they leave; `null`: the stack itself. */
  readonly to: string | null;
  /** What a translation makes of their destination; `null`: it stays. */
  readonly destination: bigint | null;
  readonly port: bigint | null;
  /** Whether a translation has given them another destination, or port, or may have: one that nobody can name is `null`, too. */
  readonly translated: boolean;
  readonly box: Box;
  /** One of the packets, and what both states do with it. */
  readonly witness: Picked;
  readonly before: Judgement | null;
  readonly after: Judgement | null;
  /** Rules that are not understood may decide. */
  readonly sure: boolean;
}

export interface DifferenceOptions {
  /** By interface: what a witness should look like that comes in by it. */
  wishes(from: string): Wishes;
  readonly mostBoxes: number;
  /** Differences of one direction that are told one by one. */
  readonly mostTold: number;
  readonly nodes?: number;
}

export interface Differences {
  readonly list: readonly StackDifference[];
  /** There is more than the list tells. */
  readonly more: boolean;
  /** Of decision diagrams: what it took. */
  readonly nodes: number;
}

interface Passage {
  readonly end: End;
  readonly packets: PacketSet;
  /** The addresses and ports that they arrive at, where those are few. */
  readonly cells?: Cells;
}

interface Passing {
  readonly passages: ReadonlyMap<string, Passage>;
  /** Packets that may end in more than one way. */
  readonly doubtful: PacketSet;
}

/**
 * @param before `null`: there is no such stack, and nothing passes
 * @throws TooComplex
 */
export function differenceOf(
  before: Subject | null,
  after: Subject | null,
  family: 4 | 6,
  options: DifferenceOptions,
): Differences {
  const subjects = [before, after].filter((each) => each !== null);
  const { layout, devices } = comparable(subjects, family, options);
  const alone = subjects.length === 1;
  const [former, next] = [before, after].map((subject) => passing(layout, subject, devices, alone));
  const found: StackDifference[] = [];
  let more = false;
  if (former === undefined || next === undefined) return { list: found, more, nodes: 0 };
  const compare = (direction: StackDifference['direction'], has: Passing, hasNot: Passing): void => {
    const told = beyond(layout, has, [hasNot], devices, { before, after, direction, options });
    found.push(...told.list);
    more ||= told.more;
  };
  compare('opened', next, former);
  compare('closed', former, next);
  return { list: found, more, nodes: layout.diagrams.nodes };
}

/**
 * What a state on the way from one to the other lets pass, and neither of them does.
 *
 * @throws TooComplex
 */
export function transientlyOpen(
  before: Subject | null,
  meanwhile: Subject,
  after: Subject | null,
  family: 4 | 6,
  options: DifferenceOptions,
): Differences {
  const subjects = [before, meanwhile, after].filter((each) => each !== null);
  const { layout, devices } = comparable(subjects, family, options);
  const [former, between, next] = [before, meanwhile, after].map((subject) => passing(layout, subject, devices, false));
  if (former === undefined || between === undefined || next === undefined) return { list: [], more: false, nodes: 0 };
  const telling = { before, after: meanwhile, direction: 'opened' as const, options };
  return beyond(layout, between, [former, next], devices, telling);
}

function comparable(
  subjects: readonly Subject[],
  family: 4 | 6,
  { nodes }: DifferenceOptions,
): { readonly layout: Layout; readonly devices: readonly string[] } {
  const spans = ordinarySpans(family);
  const layout = sharedLayout(subjects, family, { spans, ...(nodes === undefined ? {} : { nodes }) });
  return {
    layout,
    devices: [...new Set(subjects.flatMap(({ facts }) => facts.devices))].filter((name) => name !== 'lo'),
  };
}

/** What passes here, and in none of the others. */
function beyond(
  layout: Layout,
  has: Passing,
  others: readonly Passing[],
  devices: readonly string[],
  telling: Telling,
): Differences {
  const { diagrams } = layout;
  const found: StackDifference[] = [];
  const alike = alikeOf(layout, has.doubtful, devices, telling);
  let more = false;
  let told = 0;
  for (const [key, { end, packets, cells }] of has.passages) {
    const fresh = others.reduce(
      (set, { passages }) => diagrams.minus(set, passages.get(key)?.packets ?? NONE),
      packets,
    );
    if (cells !== undefined) {
      const here = alike(fresh, end, cells);
      found.push(...here.list);
      more ||= here.more;
      continue;
    }
    for (const from of devices) {
      const set = diagrams.and(fresh, havingName(layout, 'iifname', from));
      if (set === NONE) continue;
      if (told >= telling.options.mostTold) return { list: found, more: true, nodes: diagrams.nodes };
      const here = tell(layout, set, end, from, telling);
      found.push(...here.list);
      told += here.list.length;
      more ||= here.more;
    }
  }
  return { list: found, more, nodes: diagrams.nodes };
}

/** What is nobody's address, or everybody's (RFC 1122 3.2.1.3, RFC 4291 2.5): no flow of a person's begins or ends there. */
export const EXTRAORDINARY: Readonly<Record<4 | 6, readonly Span[]>> = {
  4: [
    { first: 0n, last: 0xff_ff_ffn },
    { first: 0x7f_00_00_00n, last: 0x7f_ff_ff_ffn },
    { first: 0xe0_00_00_00n, last: 0xff_ff_ff_ffn },
  ],
  6: [
    { first: 0n, last: 1n },
    { first: 0xfe80n << 112n, last: (0xfec0n << 112n) - 1n },
    { first: 0xffn << 120n, last: (1n << 128n) - 1n },
  ],
};

/** What a layout has to tell apart for `ordinary`. */
export function ordinarySpans(family: 4 | 6): readonly (readonly [FieldName, Span])[] {
  const word = family === 4 ? 'ip' : 'ip6';
  return EXTRAORDINARY[family].flatMap((span) => [[`${word} saddr`, span] as const, [`${word} daddr`, span] as const]);
}

/** Between addresses that are somebody's. The layout was made with `ordinarySpans`. */
export function ordinary(layout: Layout): PacketSet {
  const { diagrams, fields, family } = layout;
  const strange = ordinarySpans(family).map(([name, span]) => {
    const field = fields.get(name);
    if (field === undefined) return NONE;
    const [ranges] = classesIn(field, span, null);
    for (const [first, last] of ranges)
      if (spanOf(field, first)?.first !== span.first || spanOf(field, last)?.last !== span.last)
        throw new RangeError(`the layout does not tell ${name} in ${String(span.first)}-${String(span.last)} apart`);
    return diagrams.classes(field.block, ranges);
  });
  return diagrams.not(diagrams.union(strange));
}

/**
 * By where they end: the interface, and the destination that a translation gives. Another source makes no other way.
 *
 * @param alone there is nothing to compare it with
 */
function passing(layout: Layout, subject: Subject | null, devices: readonly string[], alone: boolean): Passing {
  const found = new Map<string, Passage>();
  if (subject === null) return { passages: found, doubtful: NONE };
  const { diagrams } = layout;
  const sets: StackSets = setsIn(layout, subject);
  const own = new Set(subject.facts.devices);
  const arriving = diagrams.union(devices.filter((each) => own.has(each)).map((each) => sets.arriving(each)));
  const joined = sets.joinedEndsOf(diagrams.and(arriving, ordinary(layout)));
  // What nobody can say may pass.
  const open = joined.filter(({ verdict }) => verdict === 'forwarded' || verdict === 'local' || verdict === 'unknown');
  const cells = new Map(
    (alone ? open.flatMap(({ rewritten: { lists } }) => lists.flatMap(({ list }) => list)) : []).map((each) => [
      each,
      cellsOf(layout, each.packets),
    ]),
  );
  for (const end of open) {
    for (const { packets: those, ...one } of oneByOne(layout, end)) {
      const key = `${end.verdict} ${String(end.device)} ${destinationNames(layout)
        .map((name) => String(one.end.rewritten.get(name)))
        .join(' ')}`;
      const before = found.get(key);
      if (before === undefined) {
        const known = one.by === undefined ? undefined : cells.get(one.by);
        found.set(key, { end: one.end, packets: those, ...(known === undefined ? {} : { cells: known }) });
      } else found.set(key, { end: before.end, packets: diagrams.or(those, before.packets) });
    }
  }
  return { passages: found, doubtful: alone ? inSeveral(layout, joined) : NONE };
}

function oneByOne(
  layout: Layout,
  end: JoinedEnd,
): readonly { readonly end: End; readonly packets: PacketSet; readonly by?: Case }[] {
  const { all, lists } = end.rewritten;
  const [only] = lists;
  if (only === undefined || lists.length > 1)
    return endsOneByOne(layout, [end]).map((each) => ({ end: each, packets: each.packets }));
  return only.list.flatMap((by) => {
    const packets = layout.diagrams.and(end.packets, by.packets);
    if (packets === NONE) return [];
    return [{ end: { ...end, packets, rewritten: new Map([...by.values, ...all]) }, packets, by }];
  });
}

function inSeveral({ diagrams }: Layout, ends: readonly JoinedEnd[]): PacketSet {
  let [seen, several]: [PacketSet, PacketSet] = [NONE, NONE];
  for (const { packets } of ends) {
    several = diagrams.or(several, diagrams.and(seen, packets));
    seen = diagrams.or(seen, packets);
  }
  return several;
}

function destinationNames({ family }: Layout): readonly FieldName[] {
  return [family === 4 ? 'ip daddr' : 'ip6 daddr', 'th dport'];
}

interface Telling {
  readonly before: Subject | null;
  readonly after: Subject | null;
  readonly direction: StackDifference['direction'];
  readonly options: DifferenceOptions;
}

function tell(
  layout: Layout,
  packets: PacketSet,
  end: End,
  from: string,
  { before, after, direction, options }: Telling,
): Omit<Differences, 'nodes'> {
  const { list, more } = boxesOf(layout, packets, options.mostBoxes);
  const found = list.flatMap((box): readonly StackDifference[] => {
    const witness = pick(layout, layout.diagrams.and(packets, inBox(layout, box)), options.wishes(from));
    if (witness === undefined) return [];
    const [was, is] = [before, after].map((subject) => judged(subject, witness));
    const [has, hasNot] = direction === 'opened' ? [is, was] : [was, is];
    const passes = has?.verdict === 'forwarded' || has?.verdict === 'local';
    // A witness that the walk contradicts shows nothing.
    if (!passes && has?.verdict !== 'unknown') return [];
    return [
      {
        ...{ direction, from, to: end.device, box, witness, ...givenBy(layout, end) },
        before: was ?? null,
        after: is ?? null,
        sure: passes && hasNot?.verdict !== 'unknown',
      },
    ];
  });
  return { list: found, more };
}

/**
 * Passages of which only the address and port that they arrive at make a difference are told by the first of them: that one is
 * judged at once, each of the others when somebody asks for it.
 */
function alikeOf(
  layout: Layout,
  doubtful: PacketSet,
  devices: readonly string[],
  telling: Telling,
): (packets: PacketSet, end: End, cells: Cells) => Omit<Differences, 'nodes'> {
  const known = new Map<string, Omit<Differences, 'nodes'>>();
  return (packets, end, cells) => {
    const told = cut(layout, packets, doubtful, cells).map((cell) => {
      const key = `${end.verdict} ${String(end.device)} ${String(cell.rest)} ${String(cell.doubtful)}`;
      const first = known.get(key) ?? firstOf(layout, cell, end, devices, telling);
      known.set(key, first);
      return { list: first.list.map((each) => asCell(each, cell, end, layout, telling)), more: first.more };
    });
    return { list: told.flatMap(({ list }) => list), more: told.some(({ more }) => more) };
  };
}

function firstOf(
  layout: Layout,
  cell: Cell,
  end: End,
  devices: readonly string[],
  telling: Telling,
): Omit<Differences, 'nodes'> {
  const { diagrams } = layout;
  const told = devices.map((from) => {
    const packets = diagrams.and(cell.rest, havingName(layout, 'iifname', from));
    const { list, more } = boxesOf(layout, packets, telling.options.mostBoxes);
    const found = list.flatMap((box): readonly StackDifference[] => {
      const set = diagrams.and(packets, inBox(layout, box));
      // What is sure is told first.
      const sure = diagrams.minus(set, cell.doubtful);
      const witness = pick(layout, sure === NONE ? set : sure, telling.options.wishes(from));
      if (witness === undefined) return [];
      const { direction } = telling;
      const draft = { direction, from, to: end.device, box, witness, before: null, after: null, sure: true };
      const whole = asCell({ ...draft, ...givenBy(layout, end) }, cell, end, layout, telling);
      const judgement = direction === 'opened' ? whole.after : whole.before;
      const passes = judgement?.verdict === 'forwarded' || judgement?.verdict === 'local';
      return passes || judgement?.verdict === 'unknown' ? [{ ...draft, ...givenBy(layout, end), sure: passes }] : [];
    });
    return { list: found, more };
  });
  return { list: told.flatMap(({ list }) => list), more: told.some(({ more }) => more) };
}

function givenBy(layout: Layout, end: End): Pick<StackDifference, 'destination' | 'port' | 'translated'> {
  const [destination, port] = destinationNames(layout).map((name) => end.rewritten.get(name));
  return {
    destination: typeof destination === 'bigint' ? destination : null,
    port: typeof port === 'bigint' ? port : null,
    translated: destination !== undefined || port !== undefined,
  };
}

/** The same for the address and port of another cell. */
function asCell(one: StackDifference, cell: Cell, end: End, layout: Layout, telling: Telling): StackDifference {
  const [destination, port] = [cell.destinations[0]?.first, cell.ports[0]?.first];
  const { tuple } = one.witness;
  const witness: Picked = {
    ...one.witness,
    tuple: {
      ...tuple,
      destination: destination ?? tuple.destination,
      destinationPort: tuple.destinationPort === null ? null : (port ?? tuple.destinationPort),
    },
  };
  const side = (subject: Subject | null): (() => Judgement | null) => once(() => judged(subject, witness) ?? null);
  const [before, after] = [side(telling.before), side(telling.after)];
  return {
    ...{ ...one, ...givenBy(layout, end), witness },
    box: { ...one.box, destinations: cell.destinations, ports: cell.ports },
    get before() {
      return before();
    },
    get after() {
      return after();
    },
  };
}

function judged(subject: Subject | null, { tuple, device }: Picked): Judgement | undefined {
  if (subject === null) return undefined;
  return judge(subject.ruleset, stackOf(subject.facts), packetOf({ tuple, device }), { state: 'new' });
}
