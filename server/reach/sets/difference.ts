/**
 * What a change of one stack opens and closes: packets that may pass in one state and not in the other, by the interface they come
 * in by and by where they end, each with a packet that shows it. Every such packet has been sent through both states one hop at a
 * time (`judge`) before it is told of.
 */
import { judge } from '../judge/walk.ts';
import type { Judgement } from '../judge/walk.ts';
import { packetOf } from '../judge/packet.ts';
import type { FieldName } from '../rules/field-names.ts';
import type { Box } from './boxes.ts';
import { boxesOf, pick } from './boxes.ts';
import type { Picked, Wishes } from './boxes.ts';
import type { PacketSet } from './diagrams.ts';
import { NONE } from './diagrams.ts';
import { stackOf } from './facts.ts';
import { havingName } from './facts.ts';
import type { End } from './flow.ts';
import type { Layout } from './fields.ts';
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
  readonly boxes: readonly Box[];
  /** There is more than the boxes tell. */
  readonly more: boolean;
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
  readonly nodes?: number;
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
): readonly StackDifference[] {
  const subjects = [before, after].filter((each) => each !== null);
  const layout = sharedLayout(subjects, family, options.nodes === undefined ? {} : { nodes: options.nodes });
  const devices = [...new Set(subjects.flatMap(({ facts }) => facts.devices))].filter((name) => name !== 'lo');
  const [former, next] = [before, after].map((subject) => passing(layout, subject, devices));
  if (former === undefined || next === undefined) return [];
  const found: StackDifference[] = [];
  const compare = (direction: StackDifference['direction'], has: Passing, hasNot: Passing): void => {
    for (const [key, { end, packets }] of has) {
      const fresh = layout.diagrams.minus(packets, hasNot.get(key)?.packets ?? NONE);
      for (const from of devices) {
        const set = layout.diagrams.and(fresh, havingName(layout, 'iifname', from));
        const told = set === NONE ? undefined : tell(layout, set, end, from, { before, after, direction, options });
        if (told !== undefined) found.push(told);
      }
    }
  };
  compare('opened', next, former);
  compare('closed', former, next);
  return found;
}

/** By where they end: the interface, and the destination that a translation gives. Another source makes no other way. */
function passing(layout: Layout, subject: Subject | null, devices: readonly string[]): Passing {
  const found = new Map<string, { readonly end: End; readonly packets: PacketSet }>();
  if (subject === null) return found;
  const sets: StackSets = setsIn(layout, subject);
  const own = new Set(subject.facts.devices);
  const arriving = layout.diagrams.union(devices.filter((each) => own.has(each)).map((each) => sets.arriving(each)));
  for (const end of sets.endsOf(arriving)) {
    if (end.verdict !== 'forwarded' && end.verdict !== 'local') continue;
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
): StackDifference | undefined {
  const witness = pick(layout, packets, options.wishes(from));
  if (witness === undefined) return undefined;
  const [was, is] = [before, after].map((subject) => judged(subject, witness));
  const [has, hasNot] = direction === 'opened' ? [is, was] : [was, is];
  const sure = has?.verdict === 'forwarded' || has?.verdict === 'local';
  // A witness that the walk contradicts shows nothing.
  if (!sure && has?.verdict !== 'unknown') return undefined;
  const { list, more } = boxesOf(layout, packets, options.mostBoxes);
  const [destination, port] = destinationNames(layout).map((name) => end.rewritten.get(name));
  return {
    ...{ direction, from, to: end.device, boxes: list, more, witness },
    destination: typeof destination === 'bigint' ? destination : null,
    port: typeof port === 'bigint' ? port : null,
    before: was ?? null,
    after: is ?? null,
    sure: sure && hasNot?.verdict !== 'unknown',
  };
}

function judged(subject: Subject | null, { tuple, device }: Picked): Judgement | undefined {
  if (subject === null) return undefined;
  return judge(subject.ruleset, stackOf(subject.facts), packetOf({ tuple, device }), { state: 'new' });
}
