/**
 * Whether a neighbour of the target can use the public address: a packet of one, and its answer, through the World. Mappings that
 * differ in ports alone which no rule tells apart, and of which the same is let through, are asked about once.
 */
import { addressPart, formatAddress, mustParseAddress, prefixContains } from '../../core/address.ts';
import type { NetworkStack, StackId } from '../../flow/world.ts';
import type { Span } from '../../reach/rules/ruleset.ts';
import { reach } from '../../reach/walk/reach.ts';
import type { Exposure, Exposures } from '../exposure.ts';
import type { LedgerRow } from '../ledger.ts';
import type { Scene } from '../scene.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Flow, PortClasses } from './port-classes.ts';
import { portClassesIn } from './port-classes.ts';
import { usersIn } from './users.ts';

type Hairpin = LedgerRow['hairpin'];

export function withHairpins(
  scene: Scene,
  ledger: readonly LedgerEntry[],
  exposures: Exposures,
): readonly LedgerEntry[] {
  const usersOf = usersIn(exposures);
  const neighbour = neighboursOf(scene);
  const answers = answersOf(scene);
  return ledger.map((entry) => {
    const question = questionOf(entry, neighbour);
    if (question === null) return { ...entry, row: { ...entry.row, hairpin: 'unknown' } };
    const partly = exposures.partly.has(entry.on.stack.id);
    const hairpin = answers(question, partly ? null : likenessOf(question, usersOf(entry)));
    const { stack, address } = question.from;
    return { ...entry, neighbour: { node: stack.node, address }, row: { ...entry.row, hairpin } };
  });
}

interface Answered {
  readonly flow: Flow;
  readonly classOf: PortClasses;
  readonly answers: Map<string, Hairpin>;
}

function answersOf(scene: Scene): (question: Question, likeness: Likeness | null) => Hairpin {
  const known = new Map<string, Answered[]>();
  const classesOf = portClassesIn(scene.world);
  const portsIn = ({ classOf }: Answered, { ports }: Likeness): string | null =>
    classOf === null ? null : ports.map(classOf).join('|');
  return (question, likeness) => {
    if (likeness === null) return ask(scene, question).hairpin;
    const before = known.get(likeness.text) ?? [];
    known.set(likeness.text, before);
    for (const each of before) {
      const found = each.answers.get(portsIn(each, likeness) ?? '');
      if (found !== undefined) return found;
    }
    const { hairpin, visited } = ask(scene, question);
    const source = mustParseAddress(question.from.address).value;
    const flow: Flow = { visited, gateway: question.entry.on.stack.id, source };
    const same = before.find(({ flow: other }) => other.visited.size === visited.size && isSame(other, flow));
    const answered = same ?? { flow, classOf: classesOf(flow), answers: new Map<string, Hairpin>() };
    if (same === undefined) before.push(answered);
    const ports = portsIn(answered, likeness);
    if (ports !== null) answered.answers.set(ports, hairpin);
    return hairpin;
  };
}

function isSame(one: Flow, other: Flow): boolean {
  return [...one.visited].every((each) => other.visited.has(each));
}

interface Question {
  readonly entry: LedgerEntry;
  readonly from: Neighbour;
  readonly to: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

function questionOf(
  entry: LedgerEntry,
  neighbour: (stack: NetworkStack, device: string, family: 4 | 6) => Neighbour | null,
): Question | null {
  const { family, addresses, protocol, ports, owner } = entry;
  const word = protocol === 6n ? 'tcp' : protocol === 17n ? 'udp' : null;
  if (owner === null || addresses === null || ports === null || word === null) return null;
  const from = neighbour(owner.stack, owner.device, family);
  if (from === null) return null;
  return { entry, from, protocol: word, to: formatAddress(family, addresses.first), port: Number(ports.first) };
}

function ask(
  { world }: Scene,
  { entry, from, to, protocol, port }: Question,
): { readonly hairpin: Hairpin; readonly visited: ReadonlySet<StackId> } {
  const { verdict, arrived, there, back } = reach(world, {
    ...{ from: from.stack.id, source: from.address, listening: true },
    ...{ protocol, to, port },
  });
  // Whoever else answers on the public address is not the target.
  const gets = verdict === 'delivered' && arrived?.stack === entry.owner?.stack.id;
  const hairpin = gets ? 'works' : verdict === 'unknown' ? 'unknown' : 'fails';
  const hops = [...there.hops, ...(back?.hops ?? [])];
  return { hairpin, visited: new Set([from.stack.id, ...hops.map(({ stack }) => stack)]) };
}

interface Likeness {
  /** Equal for questions that differ in ports alone. */
  readonly text: string;
  readonly ports: readonly number[];
}

/** `null` where it cannot be said what the gateway makes of it. */
function likenessOf({ entry, from, to, protocol, port }: Question, users: readonly Exposure[]): Likeness | null {
  const target = entry.mapping.to;
  if (target.type !== 'address' || target.keepsHost || target.addresses.first !== target.addresses.last) return null;
  const own = target.ports ?? { first: BigInt(port), last: BigInt(port) };
  if (own.first !== own.last) return null;
  const { value: source } = mustParseAddress(from.address);
  if (source === target.addresses.first) return null;
  const at = BigInt(port);
  // By each interface: it is not known here by which one the neighbour comes.
  const ways = users.filter(
    ({ box }) => isIn(box.sources, source) && isIn(box.ports, at) && isIn(box.destinations, mustParseAddress(to).value),
  );
  const plain = ways.every(
    (each) =>
      each.sure &&
      each.destination === target.addresses.first &&
      (each.port === null ? at === own.first : BigInt(each.port) === own.first),
  );
  if (!plain) return null;
  const text = [
    ...[entry.on.stack.id, from.stack.id, from.address, to, protocol, String(target.addresses.first)],
    ...ways.map((each) => `${each.from} ${String(each.to)}`).toSorted(),
  ].join('|');
  return { text, ports: [port, Number(own.first)] };
}

function isIn(spans: readonly Span[], value: bigint): boolean {
  return spans.some(({ first, last }) => first <= value && value <= last);
}

interface Neighbour {
  readonly stack: NetworkStack;
  readonly address: string;
}

function neighboursOf(scene: Scene): (stack: NetworkStack, device: string, family: 4 | 6) => Neighbour | null {
  const known = new Map<string, Neighbour | null>();
  return (stack, device, family) => {
    const key = `${stack.id} ${device} ${String(family)}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const neighbour = neighbourOf(scene, stack, device, family);
    known.set(key, neighbour);
    return neighbour;
  };
}

/** Somebody else with an address of the same subnet, a guest. */
function neighbourOf(scene: Scene, target: NetworkStack, device: string, family: 4 | 6): Neighbour | null {
  const subnets = (target.interfaces.get(device)?.addresses ?? []).filter(
    (each) => each.includes(':') === (family === 6),
  );
  for (const stack of scene.world.stacks.values()) {
    if (stack === target || stack.sort !== 'guest') continue;
    for (const { addresses } of stack.interfaces.values()) {
      const found = addresses.find((each) => subnets.some((subnet) => isWithin(subnet, each)));
      if (found !== undefined) return { stack, address: addressPart(found) };
    }
  }
  return null;
}

function isWithin(subnet: string, address: string): boolean {
  return subnet.includes(':') === address.includes(':') && prefixContains(subnet, addressPart(address));
}
