/**
 * What a person sees of a change that one stack makes: its packet is sent again by somebody who can send it, over all hops, in
 * the World before and in the one after. What another host on the way refuses is not open, whatever this one lets pass.
 */
import { addressPart, familyOf, formatAddress } from '../../core/address.ts';
import type { Family } from '../../core/address.ts';
import type { WholeWay } from '../../flow/reachability.ts';
import type { NetworkStack, StackId, World } from '../../flow/world.ts';
import { TooComplex } from '../sets/diagrams.ts';
import type { StackDifference } from '../sets/difference.ts';
import { common } from '../sets/spans.ts';
import { spreadFrom } from '../sets/spread.ts';
import { towards } from '../questions/towards.ts';
import type { Sample, Tried } from '../questions/witness.ts';
import { owning, samplesOf, tryPacket } from '../questions/witness.ts';
import { segmentOf } from '../walk/segment.ts';
import { INTERNET } from '../world/members.ts';
import { sendingStraight } from '../world/straight.ts';

export interface Worlds {
  readonly before: World;
  readonly after: World;
}

type Told = Pick<StackDifference, 'direction' | 'box' | 'witness' | 'from'>;

/** Somebody out there who is nobody in particular (RFC 5737, RFC 3849). */
export const STRANGER = { 4: 0xc6_33_64_09n, 6: 0x2001_0db8_ffff_0000_0000_0000_0000_0009n } as const;

/** Packets of one row that are tried. */
const MOST_TRIED = 6;

/** `null`: nobody who is known sends such a packet, or would get it. */
export function wholeWay(told: Told, stack: NetworkStack, family: Family, worlds: Worlds): WholeWay | null {
  const judged: WholeWay[] = [];
  const around = { before: withStranger(worlds.before, family), after: withStranger(worlds.after, family) };
  let tried = 0;
  for (const [from, sample] of attempts(told, stack, family, around)) {
    tried += 1;
    if (tried > MOST_TRIED) break;
    const found = tryBoth(told, stack, family, around, from, sample);
    if (found?.outcome === 'as-told') return found;
    if (found !== null) judged.push(found);
  }
  const straight = straightTo(told, stack, family, around);
  if (straight?.outcome === 'as-told') return straight;
  const [first] = judged;
  return judged.find(({ outcome }) => outcome === 'unknown') ?? first ?? null;
}

function tryBoth(
  told: Told,
  stack: NetworkStack,
  family: Family,
  around: Worlds,
  from: StackId,
  sample: Sample,
): WholeWay | null {
  const [before, after] = [around.before, around.after].map((world) =>
    world.stacks.has(from) ? tryPacket(world, from, family, sample) : undefined,
  );
  if (isNobodys(told.direction === 'opened' ? after : before, stack, from)) return null;
  return judge(told.direction, around, from, sample, family, before, after);
}

/** Somebody on the external network hands it to this stack, whatever the provider routes. */
function straightTo(told: Told, stack: NetworkStack, family: Family, around: Worlds): WholeWay | null {
  const { box, witness } = told;
  const { tuple, device } = witness;
  const world = told.direction === 'opened' ? around.after : around.before;
  const source = STRANGER[family];
  if (common(box.sources, [{ first: source, last: source }]).length === 0) return null;
  const beside = segmentOf(world, stack.id, device).endpoints.find((each) => each.stack === INTERNET);
  const via = stack.interfaces
    .get(device)
    ?.addresses.map(addressPart)
    .find((each) => familyOf(each) === family && !each.startsWith('fe80:'));
  if (beside === undefined || via === undefined) return null;
  const [before, after] = [around.before, around.after].map((each) =>
    sendingStraight(each, { via, device: beside.device }),
  );
  if (before === undefined || after === undefined) return null;
  const { protocol, destination, destinationPort: port, icmp } = tuple;
  const sample = { box, protocol, source, destination, port, type: icmp?.type ?? null };
  const found = tryBoth(told, stack, family, { before, after }, INTERNET, sample);
  return found === null ? null : { ...found, straight: true };
}

/** The stack passes it, and there is nobody beyond who has the address; or who sends it is who gets it. */
function isNobodys(tried: Tried | undefined, { id }: NetworkStack, from: StackId): boolean {
  const end = tried?.there.end;
  if (tried === undefined || end == null) return false;
  const { verdict, by } = tried.there;
  return (verdict === 'no-route' && end.stack === id && by === null) || (verdict === 'delivered' && end.stack === from);
}

/** As it comes in here; and where it was sent to another address than it has here, as that. */
function* attempts(
  { box, witness: { tuple, device }, direction }: Told,
  stack: NetworkStack,
  family: Family,
  worlds: Worlds,
): Generator<readonly [StackId, Sample]> {
  const world = direction === 'opened' ? worlds.after : worlds.before;
  const { protocol, destination, destinationPort, icmp } = tuple;
  const plain = { box, protocol, destination, port: destinationPort, type: icmp?.type ?? null };
  const beside = new Set(segmentOf(world, stack.id, device).endpoints.map((each) => each.stack));
  const senders = ownersOf(world, family, tuple.source).filter((id) => id !== stack.id);
  const near = senders.filter((id) => beside.has(id));
  for (const id of near) yield [id, { ...plain, source: tuple.source }];
  // Realms may have the same addresses: who is on the wire is meant.
  const far: (readonly [StackId, bigint])[] = near.length > 0 ? [] : senders.map((id) => [id, tuple.source] as const);
  const stranger = common(box.sources, [{ first: STRANGER[family], last: STRANGER[family] }]).length > 0;
  if (stranger && world.stacks.has(INTERNET)) far.push([INTERNET, STRANGER[family]]);
  for (const [id, source] of far) yield [id, { ...plain, source }];
  for (const [id, source] of far)
    if (!beside.has(id)) yield* translated(world, id, { ...plain, source }, stack, family);
}

const strangers = new WeakMap<World, Map<Family, World>>();

/** Somebody out there has the address. */
function withStranger(world: World, family: Family): World {
  const known = strangers.get(world) ?? new Map<Family, World>();
  strangers.set(world, known);
  const found = known.get(family) ?? owning(world, INTERNET, family, STRANGER[family]);
  known.set(family, found);
  return found;
}

/** Through what is translated before it comes here. */
function translated(
  world: World,
  from: StackId,
  sample: Sample,
  stack: NetworkStack,
  family: Family,
): readonly (readonly [StackId, Sample])[] {
  const at = { first: sample.destination, last: sample.destination };
  const holders = ownersOf(world, family, sample.destination);
  const ends = holders.length > 0 ? holders : [stack.id];
  try {
    const destinations = towards(world, family, ends);
    const sources = [{ first: sample.source, last: sample.source }];
    const { list } = spreadFrom(world, from, family, { destinations, sources, protocols: [sample.protocol] });
    const passing = list.filter(
      ({ path, arriving }) =>
        path.includes(stack.id) &&
        common(arriving.destinations, [at]).length > 0 &&
        (sample.port === null || common(arriving.ports, [{ first: sample.port, last: sample.port }]).length > 0),
    );
    return passing.flatMap(({ sent }) =>
      samplesOf(sent, family, { sources: [sample.source], ports: new Map() }).map((each) => [from, each] as const),
    );
  } catch (error) {
    if (!(error instanceof TooComplex)) throw error;
    return [];
  }
}

const owners = new WeakMap<World, ReadonlyMap<string, readonly StackId[]>>();

function ownersOf(world: World, family: Family, value: bigint): readonly StackId[] {
  const known = owners.get(world) ?? indexOwners(world);
  owners.set(world, known);
  return known.get(formatAddress(family, value)) ?? [];
}

function indexOwners({ stacks }: World): ReadonlyMap<string, readonly StackId[]> {
  const index = new Map<string, Set<StackId>>();
  for (const { id, interfaces } of stacks.values())
    for (const { addresses } of interfaces.values())
      for (const each of addresses.map(addressPart)) index.set(each, (index.get(each) ?? new Set()).add(id));
  return new Map([...index].map(([address, ids]) => [address, [...ids]]));
}

function judge(
  direction: Told['direction'],
  { before: former, after: next }: Worlds,
  from: StackId,
  { source, destination, port }: Sample,
  family: Family,
  before: Tried | undefined,
  after: Tried | undefined,
): WholeWay {
  const [was, is] = [before, after].map((tried) => tried?.there.verdict ?? 'no-route');
  const [has, hasNot] = direction === 'opened' ? [is, was] : [was, is];
  const stack = (next.stacks.get(from) ?? former.stacks.get(from))?.node ?? from;
  const outcome =
    was === 'unknown' || is === 'unknown'
      ? 'unknown'
      : has !== 'delivered'
        ? 'refused-elsewhere'
        : hasNot === 'delivered'
          ? 'as-before'
          : 'as-told';
  const deciding = direction === 'opened' || outcome === 'as-before' ? after : before;
  return {
    outcome,
    from: stack,
    source: formatAddress(family, source),
    destination: formatAddress(family, destination),
    destinationPort: port === null ? null : Number(port),
    before: was ?? 'no-route',
    after: is ?? 'no-route',
    straight: false,
    at: deciding?.there.end?.node ?? null,
    why: deciding?.why ?? 'who sends it is not there',
  };
}
