/**
 * Who can reach somebody, and what somebody can reach: over all hops, by sets. What may be is never left out, and where that is
 * more than what is sure, the row says so.
 */
import type { Family } from '../../core/address.ts';
import type { StackId, World } from '../../flow/world.ts';
import type { Span } from '../rules/ruleset.ts';
import type { Box } from '../sets/boxes.ts';
import { TooComplex } from '../sets/diagrams.ts';
import { WITH_PORTS } from '../rules/fields.ts';
import { common, joined, sameSpans, without } from '../sets/spans.ts';
import { addressesOf, everything, spreadFrom } from '../sets/spread.ts';
import { thinned } from './alike.ts';
import type { Row } from './row.ts';
import { rowsOf } from './rows.ts';
import { straightIn } from './straight.ts';
import { towards } from './towards.ts';

export interface ManyQuestion {
  /** `null`: everybody. */
  readonly from: readonly StackId[] | null;
  /** `null`: everybody. */
  readonly to: readonly StackId[] | null;
  /** Only packets to this address, as they are sent. */
  readonly sentTo: { readonly family: Family; readonly span: Span } | null;
  /** Only these packets, as they arrive; to an address, as they are sent. */
  readonly service: { readonly protocols: readonly bigint[]; readonly ports: readonly Span[] } | null;
  /** Sources of the node `internet`, by family; a sender has its own addresses. */
  readonly outside: Readonly<Record<Family, readonly Span[]>>;
  /** Of translated packets of one way so many sorts are followed (`thinned`); all where left out. */
  readonly mostAlike?: number | undefined;
}

export interface ManyAnswer {
  readonly rows: readonly Row[];
  /** What was not followed, and what is not known. */
  readonly notes: readonly string[];
  /** Sorts of packets that were left out for others that are alike (`mostAlike`). */
  readonly left: number;
}

export function manyReach(world: World, question: ManyQuestion): ManyAnswer {
  const rows: Row[] = [];
  const notes = new Set<string>();
  let left = 0;
  const to = question.to === null ? null : new Set(question.to);
  const { sentTo } = question;
  for (const family of [4, 6] as const) {
    if (sentTo !== null && sentTo.family !== family) continue;
    try {
      const destinations = sentTo !== null ? [sentTo.span] : to === null ? null : towards(world, family, [...to]);
      for (const from of question.from ?? sendersIn(world)) {
        if (to?.has(from) === true && to.size === 1) continue;
        const found = fromOne(world, from, family, destinations, question);
        rows.push(...found.rows);
        for (const each of found.notes) notes.add(each);
        left += found.left;
      }
    } catch (error) {
      if (!(error instanceof TooComplex)) throw error;
      notes.add(`the rules are too many to follow all packets of IPv${String(family)} (${error.message})`);
    }
  }
  return { rows: rows.flatMap((row) => narrowedTo(row, question)), notes: [...notes], left };
}

/** Those of IPv6 are left out before. */
export const LINK_LOCAL: Readonly<Record<Family, readonly Span[]>> = {
  4: [{ first: 0xa9_fe_00_00n, last: 0xa9_fe_ff_ffn }],
  6: [],
};

/** Everybody who may send: not who only stands for a place to pass. */
function sendersIn({ stacks, nodes }: World): readonly StackId[] {
  const named = new Set(nodes.values());
  return [...stacks.values()]
    .filter(({ id, sort }) => named.has(id) || sort === 'temporary' || sort === 'internet')
    .map(({ id }) => id);
}

function fromOne(
  world: World,
  from: StackId,
  family: Family,
  destinations: readonly Span[] | null,
  { to, outside, mostAlike = Infinity }: ManyQuestion,
): ManyAnswer {
  const stack = world.stacks.get(from);
  if (stack === undefined) return { rows: [], notes: [`nothing is known of ${from}`], left: 0 };
  const own = stack.sort === 'internet' ? outside[family] : addressesOf(stack, family);
  // RFC 3927: what has such an address speaks with its link alone.
  const sources = without(own, LINK_LOCAL[family]);
  const wanted = destinations ?? everything(family).destinations;
  if (sources.length === 0 || wanted.length === 0) return { rows: [], notes: [], left: 0 };
  const narrow: Partial<Box> = { sources, destinations: wanted };
  const telling = { world, from, family, to: to === null ? null : new Set(to), straight: null };
  const { notes, list, open } = spreadFrom(world, from, family, narrow);
  const { kept, left } = thinned(list, mostAlike);
  const rows = rowsOf({ list: kept, open }, telling);
  if (stack.sort !== 'internet') return { rows, notes, left };
  const further = straightIn(world, stack, family, { narrow, to, mostAlike });
  const told = Map.groupBy(rows, (row) => row.to?.stack);
  const isNew = (row: Row): boolean => !isTold(told.get(row.to?.stack) ?? [], row);
  return { rows: [...rows, ...further.filter(isNew)], notes, left };
}

/** The same packets get there by a way that is told of already. @param rows of the same end */
function isTold(rows: readonly Row[], { family, sent }: Row): boolean {
  const alike = rows.filter((row) => row.family === family && OTHERS.every((name) => holds(row.sent, sent, name)));
  const destinations = joined(alike.flatMap((row) => row.sent.destinations));
  return without(sent.destinations, destinations).length === 0;
}

const OTHERS = ['sources', 'ports', 'protocols', 'icmpTypes'] as const;

function holds(box: Box, other: Box, name: keyof Box): boolean {
  if (name === 'protocols') return other.protocols.every((each) => box.protocols.includes(each));
  return without(other[name], box[name]).length === 0;
}

/** The part of a row that is about the packets that were asked for. */
function narrowedTo(row: Row, { service, sentTo }: Pick<ManyQuestion, 'service' | 'sentTo'>): readonly Row[] {
  if (service === null) return [row];
  const protocols = row.sent.protocols.filter((each) => service.protocols.includes(each));
  if (protocols.length === 0) return [];
  const [sent, arriving] = [row.sent, row.arriving].map((box) => ({ ...box, protocols }));
  if (sent === undefined || arriving === undefined) return [];
  if (!protocols.some((each) => WITH_PORTS.includes(each))) return [{ ...row, sent, arriving }];
  const ports = common((sentTo === null ? arriving : sent).ports, service.ports);
  if (ports.length === 0) return [];
  // Where a translation gives another port, the other side of it stays as it is.
  const same = sameSpans(row.sent.ports, row.arriving.ports);
  return [
    {
      ...row,
      sent: same || sentTo !== null ? { ...sent, ports } : sent,
      arriving: same || sentTo === null ? { ...arriving, ports } : arriving,
    },
  ];
}
