/** Single packets of a set, each sent through the World hop by hop: what sets say is shown only with one of them. */
import {
  formatAddress,
  familyOf,
  addressPart,
  hostPrefix,
  mustParseAddress,
  mustParsePrefix,
} from '../../core/address.ts';
import type { Family } from '../../core/address.ts';
import type { NetworkStack, StackId, World } from '../../flow/world.ts';
import type { Tuple } from '../judge/packet.ts';
import type { Span } from '../rules/ruleset.ts';
import { WITH_PORTS } from '../rules/fields.ts';
import type { Box } from '../sets/boxes.ts';
import { common } from '../sets/spans.ts';
import { everything } from '../sets/spread.ts';
import type { Way } from '../walk/answer.ts';
import { reach } from '../walk/reach.ts';
import { follow } from '../walk/way.ts';
import { kernelRoutes, LOOPBACK } from '../world/kernel-routes.ts';

/** One sort of packets of a box, and one packet of them. */
export interface Sample {
  readonly box: Box;
  readonly protocol: bigint;
  readonly source: bigint;
  readonly destination: bigint;
  readonly port: bigint | null;
  /** Of ICMP. */
  readonly type: bigint | null;
}

/** Of each source and destination so many are tried. */
const MOST_ENDS = 6;
/** 8 and 128: echo. */
export const ECHO = { 4: 8n, 6: 128n } as const;
const [TCP, UDP] = [6n, 17n];

export interface Preferred {
  /** Senders that somebody stands for. */
  readonly sources: readonly bigint[];
  /** By protocol, what listens there. */
  readonly ports: ReadonlyMap<bigint, readonly bigint[]>;
}

/** The box in parts that may be told apart on the way by more than rules of IP: each end, each sort of protocol. */
export function samplesOf(box: Box, family: Family, { sources, ports }: Preferred): readonly Sample[] {
  const from = ends(box.sources, sources);
  const to = ends(box.destinations, []);
  return protocolParts(box, family).flatMap(({ protocol, type, part }) =>
    from.flatMap(([source, own]) =>
      to.map(([destination, its]): Sample => {
        const port = WITH_PORTS.includes(protocol) ? portOf(part.ports, ports.get(protocol) ?? []) : null;
        return {
          box: { ...part, sources: own, destinations: its },
          ...{ protocol, source, destination, port, type },
        };
      }),
    ),
  );
}

/** First what somebody stands for. Each single address by itself, each span by one of its addresses; the last one stands for all that are left. */
function ends(spans: readonly Span[], wanted: readonly bigint[]): readonly (readonly [bigint, readonly Span[]])[] {
  const known = ({ first, last }: Span): bigint | undefined => wanted.find((each) => each >= first && each <= last);
  const sorted = spans.toSorted((a, b) => Number(known(b) !== undefined) - Number(known(a) !== undefined));
  return sorted.slice(0, MOST_ENDS).map((span, index) => {
    const rest = index === MOST_ENDS - 1 ? sorted.slice(index) : [span];
    return [known(span) ?? span.first, rest] as const;
  });
}

function portOf(spans: readonly Span[], wanted: readonly bigint[]): bigint {
  const [one] = wanted.filter((port) => common(spans, [{ first: port, last: port }]).length > 0);
  // Port 0 is nobody's.
  return one ?? (spans[0]?.first === 0n ? (spans[0].last > 0n ? 1n : 0n) : (spans[0]?.first ?? 0n));
}

interface ProtocolPart {
  readonly protocol: bigint;
  readonly type: bigint | null;
  readonly part: Box;
}

function protocolParts(box: Box, family: Family): readonly ProtocolPart[] {
  const icmp = family === 4 ? 1n : 58n;
  const has = (protocol: bigint): boolean => box.protocols.includes(protocol);
  const only = (protocols: readonly bigint[]): Box => ({ ...box, protocols });
  // What has no ports is in boxes of several ports for the sake of what has.
  const portless = (protocols: readonly bigint[]): Box => ({ ...only(protocols), ports: everything(family).ports });
  const ported = WITH_PORTS.filter((each) => has(each));
  const echo: Span = { first: ECHO[family], last: ECHO[family] };
  const echoes = has(icmp) && common(box.icmpTypes, [echo]).length > 0;
  const others = box.protocols.filter((each) => each !== icmp && !WITH_PORTS.includes(each));
  const [other] = others;
  const type = box.icmpTypes[0]?.first;
  return [
    ...ported.map((protocol) => ({ protocol, type: null, part: only([protocol]) })),
    // What holds for an echo is what people ask for; other types go with it where the rules do not tell them apart.
    ...(echoes ? [{ protocol: icmp, type: ECHO[family], part: portless([icmp]) }] : []),
    ...(has(icmp) && !echoes && type !== undefined ? [{ protocol: icmp, type, part: portless([icmp]) }] : []),
    ...(other === undefined ? [] : [{ protocol: other, type: null, part: portless(others) }]),
  ];
}

/** What became of one packet, and of its answer where it was one that is answered. */
export interface Tried {
  readonly there: Way;
  /** `null`: it did not get anywhere, or is of a protocol that has no answers. */
  readonly back: Way | null;
  readonly answered: boolean | null;
  readonly why: string;
}

const SOURCE_PORT = 49_321n;

export function tryPacket(world: World, from: StackId, family: Family, sample: Sample): Tried {
  const { protocol, source, destination, port, type } = sample;
  const word = protocol === TCP ? 'tcp' : protocol === UDP ? 'udp' : type === ECHO[family] ? 'icmp' : null;
  const where = owning(world, from, family, source);
  if (word !== null) {
    const { there, back, verdict, why } = reach(where, {
      ...{ from, source: formatAddress(family, source), to: formatAddress(family, destination), protocol: word },
      ...{ port: port === null ? null : Number(port), listening: true },
    });
    return { there, back, answered: there.verdict === 'delivered' ? verdict === 'delivered' : null, why };
  }
  const stack = where.stacks.get(from);
  if (stack === undefined) throw new TypeError(`a packet from ${from}, which is nowhere`);
  const tuple: Tuple = {
    ...{ family, protocol, source, destination, destinationPort: port },
    sourcePort: port === null ? null : SOURCE_PORT,
    ...(type === null ? {} : { icmp: { type, code: 0n, id: 77n } }),
  };
  const there = follow(where, { stack, tuple, answers: false, sessions: new Map(), spread: { taken: 0, count: 1 } });
  return { there, back: null, answered: null, why: there.why };
}

const owned = new WeakMap<World, Map<string, World>>();

/**
 * Somebody out there has the address that the packet comes from: the World with it at the sender, on the wire where it belongs. The
 * same one for many packets, since what is known of a World is kept with it.
 */
export function owning(world: World, from: StackId, family: Family, source: bigint): World {
  const stack = world.stacks.get(from);
  if (stack?.sort !== 'internet' || has(stack, family, source)) return world;
  const known = owned.get(world) ?? new Map<string, World>();
  owned.set(world, known);
  const key = `${from} ${String(family)} ${String(source)}`;
  const made = known.get(key) ?? withAddress(world, stack, family, source);
  known.set(key, made);
  return made;
}

function withAddress(world: World, stack: NetworkStack, family: Family, source: bigint): World {
  const near = [...stack.interfaces.values()].find(({ addresses }) =>
    addresses.some((each) => isIn(each, family, source)),
  );
  const at = near ?? stack.interfaces.get('lo') ?? LOOPBACK;
  const address = hostPrefix(formatAddress(family, source));
  const changed: NetworkStack = {
    ...stack,
    interfaces: new Map([...stack.interfaces, [at.name, { ...at, addresses: [...at.addresses, address] }]]),
    routes: [...stack.routes, ...kernelRoutes([{ ...at, addresses: [address] }])],
  };
  return { ...world, stacks: new Map([...world.stacks, [stack.id, changed]]) };
}

function isIn(text: string, family: Family, value: bigint): boolean {
  const { family: its, first, last } = mustParsePrefix(text);
  return its === family && first !== last && value >= first && value <= last;
}

function has({ interfaces }: NetworkStack, family: Family, value: bigint): boolean {
  return [...interfaces.values()].some(({ addresses }) =>
    addresses.map(addressPart).some((each) => familyOf(each) === family && mustParseAddress(each).value === value),
  );
}
