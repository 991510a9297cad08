/** What conntrack knows of the flow that a packet belongs to. */
import type { FieldName } from '../rules/field-names.ts';
import type { Hook } from './hooks.ts';
import type { Journey } from './journey.ts';
import type { FieldValue, Packet, Tuple } from './packet.ts';
import { addressField, familyOf, portField, withFields } from './packet.ts';

export interface Binding {
  readonly address: bigint;
  readonly port: bigint | null;
}

export type Connection =
  /** Its first packet: the chains of NAT are asked. */
  | { readonly state: 'new' }
  | {
      readonly state: 'established' | 'related';
      readonly direction: 'original' | 'reply';
      /** As its first packet was before any translation. */
      readonly original: Tuple;
      readonly mark: bigint;
      /** Bits of `ct status` (`snat` 16, `dnat` 32 …). */
      readonly status: bigint;
      /** What this packet's source and destination become; `null`: they stay. */
      readonly bound: { readonly source: Binding | null; readonly destination: Binding | null };
    }
  /** No entry: not trackable, or `notrack`. */
  | { readonly state: 'invalid' | 'untracked' };

const STATE_BITS = { invalid: 1n, established: 2n, related: 4n, new: 8n, untracked: 64n } as const;

const OF_ENTRY: readonly FieldName[] = [
  ...(['ct status', 'ct mark', 'ct direction', 'ct zone', 'ct original proto-src', 'ct original proto-dst'] as const),
  ...(['ct original ip saddr', 'ct original ip daddr', 'ct original ip6 saddr', 'ct original ip6 daddr'] as const),
];

export function arrivesTracked(hook: Hook): boolean {
  return hook === 'prerouting' || hook === 'output';
}

export function isTracked({ state }: Connection): boolean {
  return state !== 'invalid' && state !== 'untracked';
}

/** Before conntrack has seen it a packet is `invalid`, and belongs to no flow. */
export function beforeConntrack(packet: Packet): Packet {
  return withFields(packet, [['ct state', STATE_BITS.invalid], ...nothing()]);
}

function nothing(): readonly (readonly [FieldName, FieldValue])[] {
  return OF_ENTRY.map((field) => [field, null] as const);
}

export function enterConntrack(journey: Journey): Journey {
  const { connection, packet } = journey;
  const state = STATE_BITS[connection.state];
  const entry: readonly (readonly [FieldName, FieldValue])[] =
    'original' in connection
      ? [
          ...fieldsOf(connection.original),
          ['ct status', connection.status],
          ['ct mark', connection.mark],
          ['ct direction', connection.direction === 'reply' ? 1n : 0n],
        ]
      : connection.state === 'new'
        ? [...tupleOf(packet), ['ct status', 0n], ['ct mark', 0n], ['ct direction', 0n]]
        : [];
  return { ...journey, packet: withFields(packet, [['ct state', state], ...nothing(), ...entry]) };
}

/** From here on the original tuple is what the packet is now. */
function tupleOf(packet: Packet): readonly (readonly [FieldName, FieldValue])[] {
  const family = familyOf(packet);
  const word = family === 4 ? 'ip' : 'ip6';
  return (
    [
      [`ct original ${word} saddr`, addressField(family, 'source')],
      [`ct original ${word} daddr`, addressField(family, 'destination')],
      ['ct original proto-src', portField('source')],
      ['ct original proto-dst', portField('destination')],
    ] as const
  ).flatMap(([field, from]) => {
    const value = packet.get(from);
    return value === undefined ? [] : [[field, value] as const];
  });
}

function fieldsOf(tuple: Tuple): readonly (readonly [FieldName, FieldValue])[] {
  const word = tuple.family === 4 ? 'ip' : 'ip6';
  return [
    [`ct original ${word} saddr`, tuple.source],
    [`ct original ${word} daddr`, tuple.destination],
    ['ct original proto-src', tuple.sourcePort],
    ['ct original proto-dst', tuple.destinationPort],
  ];
}
