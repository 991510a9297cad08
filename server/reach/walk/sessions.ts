/** What conntrack of each stack on the way remembers of a flow, so that its answers are judged, and translated back, by it. */
import type { StackId } from '../../flow/world.ts';
import type { Binding, Connection } from '../judge/connection.ts';
import { addressField, familyOf, portField } from '../judge/packet.ts';
import type { Packet, Tuple } from '../judge/packet.ts';

interface Entry {
  readonly original: Tuple;
  readonly reply: Tuple;
  readonly mark: bigint;
  readonly status: bigint;
}

export type Sessions = Map<StackId, Map<string, Entry>>;

/** Bits of `ct status`: an answer was seen, and the entry is in the table. */
const ANSWERED = 2n | 8n;
/** What the kernel may choose freely stands for one of its choices. */
const CHOSEN_PORT = 61_000n;

export function tupleKey(tuple: Tuple): string {
  const { protocol, source, destination, sourcePort, destinationPort, icmp } = tuple;
  return [protocol, source, destination, sourcePort ?? icmp?.id ?? 0n, destinationPort ?? icmp?.type ?? 0n].join(' ');
}

/** ICMP echo (RFC 792) and ICMPv6 echo (RFC 4443). */
const ECHOES: ReadonlyMap<bigint, bigint> = new Map([
  [8n, 0n],
  [0n, 8n],
  [128n, 129n],
  [129n, 128n],
]);

/** Ends swapped. */
export function answerTo(tuple: Tuple): Tuple {
  const { source, destination, sourcePort, destinationPort, icmp } = tuple;
  const swapped = { ...tuple, source: destination, destination: source };
  const ports = { sourcePort: destinationPort, destinationPort: sourcePort };
  if (icmp === undefined) return { ...swapped, ...ports };
  return { ...swapped, ...ports, icmp: { ...icmp, type: ECHOES.get(icmp.type) ?? icmp.type } };
}

/** As the packet is now; `null` where an address of it is not known. */
export function tupleOf(packet: Packet, before: Tuple): Tuple | null {
  const family = familyOf(packet);
  const [source, destination] = [
    packet.get(addressField(family, 'source')),
    packet.get(addressField(family, 'destination')),
  ];
  if (typeof source !== 'bigint' || typeof destination !== 'bigint') return null;
  if (before.destinationPort === null) return { ...before, source, destination };
  const [sourcePort, destinationPort] = [packet.get(portField('source')), packet.get(portField('destination'))];
  if (typeof destinationPort !== 'bigint') return null;
  return {
    ...{ ...before, source, destination, destinationPort },
    sourcePort: typeof sourcePort === 'bigint' ? sourcePort : CHOSEN_PORT,
  };
}

/** A TCP answer of a flow that the stack has never seen is `invalid`; what else it has not seen begins a flow. */
export function connectionOf(sessions: Sessions, stack: StackId, tuple: Tuple, answers: boolean): Connection {
  const entry = sessions.get(stack)?.get(tupleKey(tuple));
  if (entry === undefined) return answers && tuple.protocol !== 17n ? { state: 'invalid' } : { state: 'new' };
  const { original, mark, status } = entry;
  return {
    ...{ state: 'established', direction: 'reply', original, mark, status },
    bound: {
      source: binding(tuple.source, tuple.sourcePort, original.destination, original.destinationPort),
      destination: binding(tuple.destination, tuple.destinationPort, original.source, original.sourcePort),
    },
  };
}

function binding(from: bigint, fromPort: bigint | null, address: bigint, port: bigint | null): Binding | null {
  return from === address && fromPort === port ? null : { address, port };
}

/** @param packet as it left. */
export function remember(sessions: Sessions, stack: StackId, original: Tuple, packet: Packet): void {
  const left = tupleOf(packet, original);
  if (left === null) return;
  const [mark, status] = [packet.get('ct mark'), packet.get('ct status')];
  const entry: Entry = {
    original,
    reply: answerTo(left),
    mark: typeof mark === 'bigint' ? mark : 0n,
    status: (typeof status === 'bigint' ? status : 0n) | ANSWERED,
  };
  const entries = sessions.get(stack) ?? new Map<string, Entry>();
  sessions.set(stack, entries.set(tupleKey(entry.reply), entry));
}
