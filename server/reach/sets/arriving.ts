/** First packets of flows as they come to a stack: all of them, or one. */
import type { Tuple } from '../judge/packet.ts';
import type { FieldName } from '../rules/field-names.ts';
import type { PacketSet } from './diagrams.ts';
import { havingName } from './facts.ts';
import type { Layout } from './fields.ts';
import { classOf, havingValues } from './fields.ts';

const FIRST_SEGMENT = 2n;

export function arriving(layout: Layout, device: string): PacketSet {
  const { diagrams, valid } = layout;
  if (!layout.fields.has('tcp flags')) return diagrams.and(valid, havingName(layout, 'iifname', device));
  const noTcp = diagrams.not(havingValues(layout, 'l4proto', [6n]));
  const flags = diagrams.or(noTcp, havingValues(layout, 'tcp flags', [FIRST_SEGMENT]));
  return diagrams.and(diagrams.and(valid, flags), havingName(layout, 'iifname', device));
}

export function classesOfTuple(layout: Layout, tuple: Tuple, device: string): readonly number[] {
  const word = layout.family === 4 ? 'ip' : 'ip6';
  const icmp = layout.family === 4 ? 'icmp' : 'icmpv6';
  const values: readonly (readonly [FieldName, bigint | string | null | undefined])[] = [
    [`${word} saddr`, tuple.source],
    [`${word} daddr`, tuple.destination],
    ['th sport', tuple.sourcePort],
    ['th dport', tuple.destinationPort],
    ['l4proto', tuple.protocol],
    [`${icmp} type`, tuple.icmp?.type],
    [`${icmp} code`, tuple.icmp?.code],
    ['tcp flags', tuple.protocol === 6n ? FIRST_SEGMENT : null],
    ['iifname', device],
  ];
  const classes = layout.diagrams.blocks.map(() => 0);
  for (const [name, value] of values) {
    const field = layout.fields.get(name);
    if (field !== undefined && value !== null && value !== undefined)
      classes[field.block.index] = classOf(field, value) ?? 0;
  }
  return classes;
}
