/** Packets on their way through a stack, and the fields that it keeps about them. */
import type { PacketSet } from './diagrams.ts';
import { NONE } from './diagrams.ts';
import type { Layout, SetField } from './fields.ts';
import { havingValues } from './fields.ts';
import type { Rewritten, Values } from './rewritten.ts';
import { rewrittenText } from './rewritten.ts';

/** As they arrived, and what all of them have become. */
export interface FlowSet {
  readonly packets: PacketSet;
  readonly rewritten: Rewritten;
}

export interface End {
  readonly verdict: 'forwarded' | 'local' | 'dropped' | 'rejected' | 'no-route' | 'unknown';
  /** By which they leave. */
  readonly device: string | null;
  readonly rewritten: Values;
  /** Those that may end so, as they arrived. */
  readonly packets: PacketSet;
}

/** Ends that are alike but for what has become of the packets. */
export interface JoinedEnd extends Omit<End, 'rewritten'> {
  readonly rewritten: Rewritten;
}

/** One by one. What is dropped needs no name any more. */
export function endsOneByOne({ diagrams }: Layout, ends: readonly JoinedEnd[]): readonly End[] {
  return ends.flatMap((each) => {
    const { all, lists } = each.rewritten;
    if (each.verdict === 'dropped' || each.verdict === 'rejected') return [{ ...each, rewritten: all }];
    return lists.reduce<readonly End[]>(
      (found, { list }) =>
        found.flatMap((end) =>
          list.flatMap(({ packets: those, values }): readonly End[] => {
            const packets = diagrams.and(end.packets, those);
            return packets === NONE ? [] : [{ ...end, packets, rewritten: new Map([...values, ...end.rewritten]) }];
          }),
        ),
      [{ ...each, rewritten: all }],
    );
  });
}

/** One of each kind. */
export function joinedFlows({ diagrams }: Layout, flows: readonly FlowSet[]): readonly FlowSet[] {
  const groups = Map.groupBy(
    flows.filter(({ packets }) => packets !== NONE),
    ({ rewritten }) => rewrittenText(rewritten),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, packets: diagrams.union(group.map(({ packets }) => packets)) }];
  });
}

export function joinedEnds({ diagrams }: Layout, ends: readonly JoinedEnd[]): readonly JoinedEnd[] {
  const groups = Map.groupBy(
    ends.filter(({ packets }) => packets !== NONE),
    ({ verdict, device, rewritten }) => `${verdict} ${String(device)} ${rewrittenText(rewritten)}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, packets: diagrams.union(group.map(({ packets }) => packets)) }];
  });
}

/** Whatever it was before. */
export function setField(layout: Layout, packets: PacketSet, name: SetField, value: bigint): PacketSet {
  const field = layout.fields.get(name);
  if (field === undefined || packets === NONE) return packets;
  return layout.diagrams.and(layout.diagrams.without(packets, field.block), havingValues(layout, name, [value]));
}

const KEPT: readonly SetField[] = [
  ...(['oifname', 'tracked', 'notrack', 'ct state', 'ct status', 'ct direction', 'mark', 'ct mark'] as const),
  ...(['ct original ip saddr', 'ct original ip daddr', 'ct original ip6 saddr', 'ct original ip6 daddr'] as const),
  ...(['ct original proto-src', 'ct original proto-dst'] as const),
  ...(['fib saddr type', 'fib daddr type', 'fib daddr . iif type', 'fib saddr . iif type'] as const),
  ...(['fib saddr oif', 'fib saddr . iif oif', 'fib saddr . mark . iif oif'] as const),
];

/** Whether it says more of packets than what they bring themselves. */
export function saysMore({ diagrams, fields }: Layout, packets: PacketSet): boolean {
  return diagrams.dependsOn(packets, ...KEPT.flatMap((name) => fields.get(name)?.block ?? []));
}

/** Only what a packet brings itself, and the interface it came in by. */
export function asArrived({ diagrams, fields }: Layout, packets: PacketSet): PacketSet {
  const blocks = KEPT.flatMap((name) => fields.get(name)?.block ?? []);
  return diagrams.without(packets, ...blocks);
}
