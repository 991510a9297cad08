/** What conntrack says of the first packet of a flow, as `judge/connection.ts` has it. */
import type { PacketSet } from './diagrams.ts';
import { NONE } from './diagrams.ts';
import { havingName } from './facts.ts';
import type { Layout } from './fields.ts';
import { havingValues } from './fields.ts';
import type { FlowSet } from './flow.ts';
import { setField } from './flow.ts';

/** It is `invalid` until conntrack has seen it, and has no marks. */
export function beforeConntrack(layout: Layout, packets: PacketSet): PacketSet {
  const values = [
    ['tracked', 0n],
    ['notrack', 0n],
    ['ct state', 1n],
    ['mark', 0n],
  ] as const;
  const set = values.reduce((all, [name, value]) => setField(layout, all, name, value), packets);
  const oif = layout.fields.get('oifname');
  if (oif === undefined) return set;
  return layout.diagrams.and(layout.diagrams.without(set, oif.block), havingName(layout, 'oifname', ''));
}

export function enterConntrack(layout: Layout, flow: FlowSet): FlowSet {
  const { diagrams } = layout;
  const untracked = diagrams.and(flow.packets, havingValues(layout, 'notrack', [1n]));
  const fresh = [
    ['tracked', 1n],
    ['ct state', 8n],
    ['ct status', 0n],
    ['ct mark', 0n],
    ['ct direction', 0n],
  ] as const;
  let tracked = diagrams.minus(flow.packets, untracked);
  for (const [name, value] of fresh) tracked = setField(layout, tracked, name, value);
  for (const [copy, from] of ORIGINALS) {
    const [to, source] = [layout.fields.get(copy), layout.fields.get(from)];
    if (to === undefined || source === undefined || tracked === NONE) continue;
    const same = Array.from({ length: source.block.size }, (_, index) =>
      diagrams.and(diagrams.classes(to.block, [[index, index]]), diagrams.classes(source.block, [[index, index]])),
    );
    tracked = diagrams.and(diagrams.without(tracked, to.block), diagrams.union(same));
  }
  const without = setField(layout, setField(layout, untracked, 'ct state', 64n), 'tracked', 0n);
  return { ...flow, packets: diagrams.or(tracked, without) };
}

const ORIGINALS = [
  ['ct original ip saddr', 'ip saddr'],
  ['ct original ip daddr', 'ip daddr'],
  ['ct original ip6 saddr', 'ip6 saddr'],
  ['ct original ip6 daddr', 'ip6 daddr'],
  ['ct original proto-src', 'th sport'],
  ['ct original proto-dst', 'th dport'],
] as const;
