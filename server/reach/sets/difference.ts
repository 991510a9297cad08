/**
 * What a change of one stack opens and closes: packets that may pass in one state and not in the other, by the interface they come
 * in by and by where they end, each with a packet that shows it. Every such packet has been sent through both states one hop at a
 * time (`judge`) before it is told of.
 */
import { judge } from '../judge/walk.ts';
import type { Judgement } from '../judge/walk.ts';
import { packetOf } from '../judge/packet.ts';
import type { FieldName } from '../rules/field-names.ts';
import type { Span } from '../rules/ruleset.ts';
import type { Box } from './boxes.ts';
import { boxesOf, inBox, pick } from './boxes.ts';
import type { Picked, Wishes } from './boxes.ts';
import type { PacketSet } from './diagrams.ts';
import { NONE } from './diagrams.ts';
import { stackOf } from './facts.ts';
import { havingName } from './facts.ts';
import type { End } from './flow.ts';
import type { Layout } from './fields.ts';
import { classesIn } from './fields.ts';
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

type Passing = ReadonlyMap<string, { readonly end: End; readonly packets: PacketSet }>;

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
  const [former, next] = [before, after].map((subject) => passing(layout, subject, devices));
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
  const [former, between, next] = [before, meanwhile, after].map((subject) => passing(layout, subject, devices));
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
  let more = false;
  for (const [key, { end, packets }] of has) {
    const fresh = others.reduce((set, other) => diagrams.minus(set, other.get(key)?.packets ?? NONE), packets);
    for (const from of devices) {
      const set = diagrams.and(fresh, havingName(layout, 'iifname', from));
      if (set === NONE) continue;
      if (found.length >= telling.options.mostTold) return { list: found, more: true, nodes: diagrams.nodes };
      const told = tell(layout, set, end, from, telling);
      found.push(...told.list);
      more ||= told.more;
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

function ordinarySpans(family: 4 | 6): readonly (readonly [FieldName, Span])[] {
  const word = family === 4 ? 'ip' : 'ip6';
  return EXTRAORDINARY[family].flatMap((span) => [[`${word} saddr`, span] as const, [`${word} daddr`, span] as const]);
}

/** Between addresses that are somebody's. */
export function ordinary(layout: Layout): PacketSet {
  const { diagrams, fields, family } = layout;
  const strange = ordinarySpans(family).map(([name, span]) => {
    const field = fields.get(name);
    return field === undefined ? NONE : diagrams.classes(field.block, classesIn(field, span, null)[0]);
  });
  return diagrams.not(diagrams.union(strange));
}

/** By where they end: the interface, and the destination that a translation gives. Another source makes no other way. */
function passing(layout: Layout, subject: Subject | null, devices: readonly string[]): Passing {
  const found = new Map<string, { readonly end: End; readonly packets: PacketSet }>();
  if (subject === null) return found;
  const sets: StackSets = setsIn(layout, subject);
  const own = new Set(subject.facts.devices);
  const arriving = layout.diagrams.union(devices.filter((each) => own.has(each)).map((each) => sets.arriving(each)));
  for (const end of sets.endsOf(layout.diagrams.and(arriving, ordinary(layout)))) {
    // What nobody can say may pass.
    if (end.verdict !== 'forwarded' && end.verdict !== 'local' && end.verdict !== 'unknown') continue;
    const key = `${end.verdict} ${String(end.device)} ${destinationNames(layout)
      .map((name) => String(end.rewritten.get(name)))
      .join(' ')}`;
    const packets = layout.diagrams.or(end.packets, found.get(key)?.packets ?? NONE);
    found.set(key, { end, packets });
  }
  return found;
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
  const [destination, port] = destinationNames(layout).map((name) => end.rewritten.get(name));
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
        ...{ direction, from, to: end.device, box, witness },
        destination: typeof destination === 'bigint' ? destination : null,
        port: typeof port === 'bigint' ? port : null,
        before: was ?? null,
        after: is ?? null,
        sure: passes && hasNot?.verdict !== 'unknown',
      },
    ];
  });
  return { list: found, more };
}

function judged(subject: Subject | null, { tuple, device }: Picked): Judgement | undefined {
  if (subject === null) return undefined;
  return judge(subject.ruleset, stackOf(subject.facts), packetOf({ tuple, device }), { state: 'new' });
}
