/** One packet, as far as it is known. */
import type { FieldName } from '../rules/field-names.ts';

/** There is a value, and nobody said which. */
export const SOME = Symbol('some value');

/**
 * By field. `null`: the packet has no such thing, so that a rule that reads it does not match; a field that is left out may be
 * there or not.
 */
export type Packet = ReadonlyMap<FieldName, bigint | string | typeof SOME | null>;

export type FieldValue = bigint | string | typeof SOME | null;

/** A flow as a person says it. */
export interface Tuple {
  readonly family: 4 | 6;
  readonly protocol: bigint;
  readonly source: bigint;
  readonly destination: bigint;
  /** Ports, where the protocol has any. */
  readonly sourcePort: bigint | null;
  readonly destinationPort: bigint | null;
  readonly icmp?: { readonly type: bigint; readonly code: bigint; readonly id: bigint };
}

export interface Arrival {
  readonly tuple: Tuple;
  /** The interface it comes in by; `null` for what the host sends itself. */
  readonly device: string | null;
  /** Whatever else is known of it. */
  readonly known?: Packet;
}

const L3 = { 4: 0x08_00n, 6: 0x86_ddn } as const;

/** The first packet of a flow. Of TCP that is one with SYN alone, unless `known` says otherwise. */
export function packetOf({ tuple, device, known }: Arrival): Packet {
  const { family, protocol, source, destination, sourcePort, destinationPort, icmp } = tuple;
  const word = family === 4 ? 'ip' : 'ip6';
  const icmpWord = family === 4 ? 'icmp' : 'icmpv6';
  const fields = new Map<FieldName, FieldValue>([
    ['iifname', device ?? ''],
    ['oifname', ''],
    ['mark', 0n],
    ['nfproto', family === 4 ? 2n : 10n],
    ['l3proto', L3[family]],
    ['l4proto', protocol],
    [`${word} saddr`, source],
    [`${word} daddr`, destination],
    ['tcp flags', protocol === 6n ? 2n : null],
  ]);
  // What comes in on an interface came in a frame, whose tags are gone by then.
  if (device !== null) fields.set('ether type', L3[family]);
  if (family === 6) fields.set('ip6 nexthdr', protocol);
  if (sourcePort !== null) fields.set('th sport', sourcePort);
  if (destinationPort !== null) fields.set('th dport', destinationPort);
  if (icmp !== undefined) {
    fields.set(`${icmpWord} type`, icmp.type);
    fields.set(`${icmpWord} code`, icmp.code);
  }
  for (const [field, value] of known ?? []) fields.set(field, value);
  return fields;
}

export function withFields(packet: Packet, changes: Iterable<readonly [FieldName, FieldValue]>): Packet {
  const changed = new Map(packet);
  for (const [field, value] of changes) changed.set(field, value);
  return changed;
}

export function familyOf(packet: Packet): 4 | 6 {
  return packet.get('l3proto') === L3[6] ? 6 : 4;
}

export function addressField(family: 4 | 6, side: 'source' | 'destination'): FieldName {
  return `${family === 4 ? 'ip' : 'ip6'} ${side === 'source' ? 'saddr' : 'daddr'}`;
}

export function portField(side: 'source' | 'destination'): FieldName {
  return side === 'source' ? 'th sport' : 'th dport';
}
