/**
 * In: stacks as they are and as they will be. Out: what that opens and closes, put together so that a person can read it: one line
 * for all services of the same two ends. A stack that stays as it is costs nothing.
 */
import { formatAddress } from '../../core/address.ts';
import { sameJson } from '../../core/json.ts';
import type { DecidingRule, FlowChange, FlowWitness, Reachability } from '../../flow/reachability.ts';
import type { NetworkStack } from '../../flow/world.ts';
import type { Judgement } from '../judge/walk.ts';
import type { Picked, Wishes } from '../sets/boxes.ts';
import { TooComplex } from '../sets/diagrams.ts';
import type { StackDifference } from '../sets/difference.ts';
import { differenceOf } from '../sets/difference.ts';
import { subjectOf } from '../sets/of-stack.ts';
import type { Names } from './names.ts';
import { servicesOf } from './services.ts';

/** `null`: there is no such stack then. */
export interface StackChange {
  readonly before: NetworkStack | null;
  readonly after: NetworkStack | null;
}

/** Decision diagrams of one comparison: about a second of work. */
const NODES = 1_500_000;
const MOST_BOXES = 60;

export function changesOf(changes: readonly StackChange[], names: Names): Omit<Reachability, 'transient'> {
  const opened: FlowChange[] = [];
  const closed: FlowChange[] = [];
  const notes: string[] = [];
  for (const change of changes) {
    const stack = change.after ?? change.before;
    if (stack === null || isSame(change)) continue;
    for (const family of [4, 6] as const) {
      try {
        for (const each of differences(change, family, names))
          (each.direction === 'opened' ? opened : closed).push(...told(each, stackOfSide(change, each), family, names));
      } catch (error) {
        if (!(error instanceof TooComplex)) throw error;
        notes.push(
          `${stack.node}: its rules are too many to compare (${error.message}); nothing is said of IPv${String(family)} there`,
        );
      }
    }
    if (stack.iptables.size > 0 || stack.unread.length > 0)
      notes.push(`${stack.node}: rules of iptables, or something that is not understood, may decide otherwise there`);
  }
  return { opened: together(opened), closed: together(closed), notes };
}

/** Interfaces, routes, rules and settings all alike. */
function isSame({ before, after }: StackChange): boolean {
  if (before === after) return true;
  return before !== null && after !== null && sameJson(plain(before), plain(after));
}

function plain({ interfaces, settings, iptables, ...rest }: NetworkStack): unknown {
  return { ...rest, interfaces: [...interfaces], settings: [...settings], iptables: [...iptables] };
}

function differences({ before, after }: StackChange, family: 4 | 6, names: Names): readonly StackDifference[] {
  const [was, is] = [before, after].map((stack) => (stack === null ? null : subjectOf(stack)));
  const wishes = (device: string): Wishes => wishesOf(after ?? before, device, family, names);
  return differenceOf(was ?? null, is ?? null, family, { wishes, mostBoxes: MOST_BOXES, nodes: NODES });
}

/** Somebody out there who is nobody in particular (RFC 5737, RFC 3849). */
const STRANGER = { 4: 0xc6_33_64_09n, 6: 0x2001_0db8_ffff_0000_0000_0000_0000_0009n } as const;
const CLIENT_PORT = 40_000n;

function wishesOf(stack: NetworkStack | null, device: string, family: 4 | 6, names: Names): Wishes {
  const word = family === 4 ? 'ip' : 'ip6';
  const one = (value: bigint): { readonly first: bigint; readonly last: bigint } => ({ first: value, last: value });
  const sources =
    stack === null
      ? []
      : names.isOutside(stack, device)
        ? [STRANGER[family]]
        : names.addressesBehind(stack, device, family);
  return [
    ['l4proto', [6n, 17n, family === 4 ? 1n : 58n].map(one)],
    [`${word} saddr`, sources.map(one)],
    [`${word} daddr`, names.known[family].map(one)],
    ['th sport', [one(CLIENT_PORT)]],
  ];
}

function stackOfSide({ before, after }: StackChange, { direction }: StackDifference): NetworkStack {
  const stack = (direction === 'opened' ? after : before) ?? after ?? before;
  if (stack === null) throw new TypeError('a change of no stack');
  return stack;
}

function told(difference: StackDifference, stack: NetworkStack, family: 4 | 6, names: Names): readonly FlowChange[] {
  const { from, to, boxes, witness, destination, port, sure, direction, before, after } = difference;
  const decided = direction === 'opened' ? after : before;
  const other = direction === 'opened' ? before : after;
  const rule = ruleOf(direction === 'opened' ? decided : (stopped(other) ?? decided), names);
  return boxes.map((box): FlowChange => {
    const spans = destination === null ? box.destinations : [{ first: destination, last: destination }];
    const targets = to === null && destination === null ? [stack.node] : names.target(stack, to, spans, family);
    return {
      services: servicesOf(box),
      from: names.source(stack, from, box.sources, family),
      to: port === null ? targets : targets.map((each) => `${each} port ${String(port)}`),
      ...{ via: stack.node, sure, witness: witnessOf(witness), rule },
    };
  });
}

function stopped(judgement: Judgement | null): Judgement | null {
  return judgement?.verdict === 'dropped' || judgement?.verdict === 'rejected' ? judgement : null;
}

/** What ended its way, or the last rule that let it pass where one did and not a policy. */
function ruleOf(judgement: Judgement | null, names: Names): DecidingRule | null {
  if (judgement === null) return null;
  const passed = judgement.steps.map(({ by }) => by).filter((by) => by.handle !== null || by.id !== null);
  const by = judgement.by ?? passed.findLast(({ id }) => id !== null) ?? passed.at(-1);
  if (by === undefined) return null;
  return {
    table: `${by.family} ${by.table}`,
    chain: by.chain,
    entry: by.id === null ? null : names.entry(by.id),
    text: by.text,
  };
}

function witnessOf({ tuple, device }: Picked): FlowWitness {
  const { family, protocol, source, destination, sourcePort, destinationPort } = tuple;
  return {
    interface: device,
    protocol: Number(protocol),
    source: formatAddress(family, source),
    sourcePort: sourcePort === null ? null : Number(sourcePort),
    destination: formatAddress(family, destination),
    destinationPort: destinationPort === null ? null : Number(destinationPort),
  };
}

/** First all services between two ends, then all targets of the same services. */
function together(changes: readonly FlowChange[]): readonly FlowChange[] {
  const byEnds = Map.groupBy(changes, ({ from, to, via, sure }) => JSON.stringify([from, to, via, sure]));
  const services = [...byEnds.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, services: merged(group.flatMap((each) => each.services)) }];
  });
  const byServices = Map.groupBy(services, (each) => JSON.stringify([each.from, each.via, each.services, each.sure]));
  return [...byServices.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, to: [...new Set(group.flatMap(({ to }) => to))].sort() }];
  });
}

function merged(services: readonly string[]): readonly string[] {
  const all = new Set(services);
  if (all.has('any')) return ['any'];
  return [...all].filter((each) => !all.has(each.replace(/^[^/]*\//, '')) || !each.includes('/')).sort();
}
