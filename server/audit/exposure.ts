/**
 * What one stack lets pass, as sets with a packet each: everything that comes in by an interface and is handed to its own programs
 * or passed on, with the rules as they stand. Never too little: what is not understood counts as let through, and `sure` is
 * false then. Other stacks on the way may still refuse it.
 */
import { addressPart, formatAddress, mustParseAddress, mustParsePrefix, prefixOf } from '../core/address.ts';
import type { NetworkStack } from '../flow/world.ts';
import type { Tuple } from '../reach/judge/packet.ts';
import type { Locator, Span } from '../reach/rules/ruleset.ts';
import type { Box, Wishes } from '../reach/sets/boxes.ts';
import { TooComplex } from '../reach/sets/diagrams.ts';
import type { DifferenceOptions, StackDifference } from '../reach/sets/difference.ts';
import { differenceOf } from '../reach/sets/difference.ts';
import { subjectOf } from '../reach/sets/of-stack.ts';
import { once } from '../reach/sets/once.ts';
import type { Witness } from './finding.ts';
import { addressText } from './mappings/ledger.ts';
import type { AuditedStack, Scene } from './scene.ts';

export interface Exposure {
  readonly on: AuditedStack;
  readonly family: 4 | 6;
  /** The interface that it comes in by, and whether that is the way out to the world. */
  readonly from: string;
  readonly outside: boolean;
  /** By which it leaves; `null`: it is for the stack itself. */
  readonly to: string | null;
  readonly box: Box;
  /** Where it ends, as far as it is one: after translation, where there is one. */
  readonly target: string;
  /** What a translation makes of the destination; `null`: it stays. */
  readonly destination: bigint | null;
  readonly translated: boolean;
  /** `null`: the ports of the box. */
  readonly port: number | null;
  readonly witness: Witness;
  /** The same, as it comes in by `from`. */
  readonly tuple: Tuple;
  /** The rule of a filter that lets the witness pass; `null` where none decides. */
  readonly by: Locator | null;
  readonly sure: boolean;
}

export interface Exposures {
  readonly list: readonly Exposure[];
  /** Stacks of which not all is said, and why. */
  readonly notes: readonly string[];
  /** Ids of those stacks. */
  readonly partly: ReadonlySet<string>;
}

const NODES = 3_000_000;
const MOST_BOXES = 60;
const MOST_TOLD = 1000;

export function exposuresOf(scene: Scene): Exposures {
  const list: Exposure[] = [];
  const notes: string[] = [];
  const partly = new Set<string>();
  for (const on of scene.stacks.values()) {
    if (on.stack.sort !== 'host' && on.stack.sort !== 'namespace') continue;
    const note = (why: string): void => {
      partly.add(on.stack.id);
      notes.push(`${on.stack.node}: ${why}`);
    };
    for (const family of [4, 6] as const) {
      try {
        const { list: found, more } = differenceOf(
          null,
          subjectOf(on.stack),
          family,
          tellingOf(scene, on.stack, family),
        );
        if (more) note(`it lets more through than is told apart, in IPv${String(family)}`);
        list.push(...found.map((each) => exposureOf(scene, on, family, each)));
      } catch (error) {
        if (!(error instanceof TooComplex)) throw error;
        note(`its rules are too many to say what passes in IPv${String(family)} (${error.message})`);
      }
    }
  }
  return { list, notes, partly };
}

/** How much of a stack is told, and with which packets. */
export function tellingOf(scene: Scene, stack: NetworkStack, family: 4 | 6): DifferenceOptions {
  return {
    wishes: (device) => wishesFor(scene, stack, device, family),
    ...{ mostBoxes: MOST_BOXES, mostTold: MOST_TOLD, nodes: NODES },
  };
}

/** Witness and rule are made when somebody asks for them: there may be tens of thousands. */
export function exposureOf(scene: Scene, on: AuditedStack, family: 4 | 6, found: StackDifference): Exposure {
  const { from, to, box, destination, translated, sure } = found;
  const port = found.port === null ? null : Number(found.port);
  const target = targetOf(scene, on, family, found);
  const outside = wayOut(on.stack, family) === from;
  const { tuple } = found.witness;
  const sender = outside ? 'internet' : `${on.stack.node} ${from}`;
  const ends = destination === null ? null : `${target}${port === null ? '' : ` port ${String(port)}`}`;
  const witness = once(() => witnessFrom(tuple, sender, ends));
  const by = once(() => {
    const passes = found.direction === 'opened' ? found.after : found.before;
    const filters = passes?.steps.filter(({ hook }) => hook === 'forward' || hook === 'input') ?? [];
    return passes?.by ?? filters.at(-1)?.by ?? null;
  });
  return {
    ...{ on, family, from, outside, to, box, target, destination, translated, port, sure, tuple },
    get by() {
      return by();
    },
    get witness() {
      return witness();
    },
  };
}

export function witnessFrom(tuple: Tuple, from: string, ends: string | null): Witness {
  const { family, source, destination, protocol, sourcePort, destinationPort } = tuple;
  return {
    ...{ from, ends, protocol: protocolText(protocol) },
    source: formatAddress(family, source),
    destination: formatAddress(family, destination),
    sourcePort: sourcePort === null ? null : Number(sourcePort),
    destinationPort: destinationPort === null ? null : Number(destinationPort),
  };
}

function targetOf(scene: Scene, on: AuditedStack, family: 4 | 6, { to, box, destination }: StackDifference): string {
  const [first] = box.destinations;
  const one = destination === null ? box.destinations.length === 1 && first?.first === first?.last : true;
  if (to === null && destination === null) return on.stack.node;
  return one ? nodeOr(scene, family, destination ?? first?.first ?? 0n) : spansText(family, box.destinations);
}

export function protocolText(protocol: bigint): string {
  return (
    new Map([
      [1n, 'icmp'],
      [6n, 'tcp'],
      [17n, 'udp'],
      [58n, 'icmpv6'],
    ]).get(protocol) ?? String(protocol)
  );
}

function nodeOr(scene: Scene, family: 4 | 6, value: bigint): string {
  const address = formatAddress(family, value);
  const owners = scene.owners.get(address) ?? [];
  const [only] = owners;
  return owners.length === 1 && only !== undefined ? `${only.stack.node} ${address}` : address;
}

const SHOWN = 3;

export function spansText(family: 4 | 6, spans: readonly Span[]): string {
  const all = spans.slice(0, SHOWN).map((each) => addressText(family, each));
  return spans.length > SHOWN ? `${all.join(', ')} and more` : all.join(', ');
}

/** Somebody in the world, and nobody in particular (RFC 5737, RFC 3849). */
export const STRANGER = { 4: 0xc6_33_64_fen, 6: 0x2001_0db8_ffff_ffff_ffff_ffff_ffff_fffen } as const;

const waysOut = new WeakMap<NetworkStack, Map<4 | 6, string | null>>();

/** The interface by which the world is reached; `null`: it has no way out. */
export function wayOut(stack: NetworkStack, family: 4 | 6): string | null {
  const known = waysOut.get(stack) ?? new Map<4 | 6, string | null>();
  waysOut.set(stack, known);
  const found = known.get(family);
  if (found !== undefined) return found;
  const way = findWayOut(stack, family);
  known.set(family, way);
  return way;
}

function findWayOut({ routes }: NetworkStack, family: 4 | 6): string | null {
  let best: { readonly device: string | null; readonly length: number } = { device: null, length: -1 };
  for (const route of routes) {
    if (route.family !== family || route.table !== 'main' || route.type !== 'unicast') continue;
    const { first, last, length } = mustParsePrefix(route.to);
    const [only] = route.ways;
    if (STRANGER[family] < first || STRANGER[family] > last || length <= best.length) continue;
    best = { device: only?.device ?? null, length };
  }
  return best.device;
}

function wishesFor(scene: Scene, stack: NetworkStack, device: string, family: 4 | 6): Wishes {
  const word = family === 4 ? 'ip' : 'ip6';
  const one = (value: bigint): Span => ({ first: value, last: value });
  const own = [...stack.interfaces.values()].flatMap(({ addresses }) =>
    addresses.map((each) => mustParseAddress(addressPart(each))).filter((each) => each.family === family),
  );
  const subnets = (stack.interfaces.get(device)?.addresses ?? [])
    .map((each) => ({
      own: mustParseAddress(addressPart(each)),
      prefix: prefixOf(mustParseAddress(addressPart(each)), Number(each.split('/')[1])),
    }))
    .filter((each) => each.own.family === family);
  const known = knownAddresses(scene, family);
  const members = known.filter((each) =>
    subnets.some(({ own: { value }, prefix }) => each >= prefix.first && each <= prefix.last && each !== value),
  );
  const neighbours = subnets.map(({ own: { value }, prefix }) => (value + 1n < prefix.last ? value + 1n : value - 1n));
  return [
    ['l4proto', [6n, 17n, family === 4 ? 1n : 58n].map(one)],
    [`${word} saddr`, (wayOut(stack, family) === device ? [STRANGER[family]] : [...members, ...neighbours]).map(one)],
    [`${word} daddr`, [...own.map(({ value }) => value), ...known, STRANGER[family]].map(one)],
    ['th sport', [one(40_000n)]],
    ['th dport', [443n, 53n].map(one)],
  ];
}

/** Addresses that are tried as ends of a witness: guests'. */
const MOST_TRIED = 40;

const triedIn = new WeakMap<Scene, Readonly<Record<4 | 6, readonly bigint[]>>>();

function knownAddresses(scene: Scene, family: 4 | 6): readonly bigint[] {
  const known = triedIn.get(scene);
  if (known !== undefined) return known[family];
  const guests = [...scene.owners]
    .filter(([, owners]) => owners.some(({ stack }) => stack.sort === 'guest'))
    .map(([address]) => mustParseAddress(address));
  const of = (wanted: 4 | 6): readonly bigint[] =>
    guests
      .filter((each) => each.family === wanted)
      .slice(0, MOST_TRIED)
      .map(({ value }) => value);
  const made = { 4: of(4), 6: of(6) };
  triedIn.set(scene, made);
  return made[family];
}

/** More than a large provider has: nobody has named who may. */
export function isWide(family: 4 | 6, spans: readonly Span[]): boolean {
  return addressSize(spans) > 1n << (family === 4 ? 24n : 96n);
}

export function addressSize(spans: readonly Span[]): bigint {
  return spans.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
}

/** How many ports it is about. */
export function portCount({ box, port }: Exposure): number {
  if (port !== null) return 1;
  return box.ports.reduce((sum, { first, last }) => sum + Number(last - first) + 1, 0);
}

export function hasPort({ box, port }: Exposure, wanted: number): boolean {
  if (port !== null) return port === wanted;
  return box.ports.some(({ first, last }) => BigInt(wanted) >= first && BigInt(wanted) <= last);
}
