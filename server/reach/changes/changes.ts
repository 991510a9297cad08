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
import type { Differences, StackDifference } from '../sets/difference.ts';
import { differenceOf, transientlyOpen } from '../sets/difference.ts';
import { subjectOf } from '../sets/of-stack.ts';
import { routeTo } from '../walk/routing.ts';
import type { Names } from './names.ts';
import { servicesOf } from './services.ts';
import type { Worlds } from './whole.ts';
import { STRANGER, wholeWay } from './whole.ts';

/** `null`: there is no such stack then. */
export interface StackChange {
  readonly before: NetworkStack | null;
  readonly after: NetworkStack | null;
  /** As it is on the way from one to the other, in order. */
  readonly meanwhile?: readonly NetworkStack[];
}

/** Decision diagrams of one comparison, and of all of one plan: a second of work, and a few. */
const NODES = 1_500_000;
const ALL_NODES = 6_000_000;
const MOST_BOXES = 60;
const MOST_TOLD = 1000;

/** @param worlds all that is around the stacks, before and after: what is told is then tried over all hops */
export function changesOf(changes: readonly StackChange[], names: Names, worlds: Worlds | null = null): Reachability {
  const trying: Trying | null = worlds === null ? null : { ...worlds, left: MOST_WHOLE };
  const opened: FlowChange[] = [];
  const closed: FlowChange[] = [];
  const transient: FlowChange[] = [];
  const notes: string[] = [];
  let nodes = 0;
  for (const change of changes) {
    const stack = change.after ?? change.before;
    if (stack === null || isSame(change)) continue;
    for (const family of [4, 6] as const) {
      try {
        if (nodes > ALL_NODES) {
          notes.push(
            `${names.stack(stack)}: not compared in IPv${String(family)}, since the plan changes more than a few seconds of that`,
          );
          continue;
        }
        const { list, more, ...took } = differences(change, family, names);
        nodes += took.nodes;
        if (more) notes.push(`${names.stack(stack)}: more changes than are listed, in IPv${String(family)}`);
        for (const each of list)
          (each.direction === 'opened' ? opened : closed).push(
            ...told(each, stackOfSide(change, each), family, names, trying),
          );
        transient.push(...meanwhileOf(change, family, names));
      } catch (error) {
        if (!(error instanceof TooComplex)) throw error;
        notes.push(
          `${names.stack(stack)}: its rules are too many to compare (${error.message}); nothing is said of IPv${String(family)} there`,
        );
      }
    }
    notes.push(...notUnderstood(change, names.stack(stack)));
  }
  if (trying !== null && trying.left < 0)
    notes.push(`${String(-trying.left)} further changes were not tried over all hops: they are told stack by stack`);
  return { opened: together(opened), closed: together(closed), transient: together(transient), notes };
}

function notUnderstood({ before, after }: StackChange, name: string): readonly string[] {
  const stacks = [before, after].filter((stack) => stack !== null);
  const texts = stacks.flatMap((stack) => [
    ...stack.unread,
    ...subjectOf(stack).ruleset.unknown.map(({ text, why }) => `${why}: ${text}`),
  ]);
  return [...new Set(texts)].map(
    (text) => `${name}: what passes there is not known, since something is not understood: ${text}`,
  );
}

/** Interfaces, routes, rules and settings all alike. */
function isSame({ before, after }: StackChange): boolean {
  if (before === after) return true;
  return before !== null && after !== null && sameJson(plain(before), plain(after));
}

function plain({ interfaces, settings, iptables, ...rest }: NetworkStack): unknown {
  return { ...rest, interfaces: [...interfaces], settings: [...settings], iptables: [...iptables] };
}

function differences({ before, after }: StackChange, family: 4 | 6, names: Names): Differences {
  const [was, is] = [before, after].map((stack) => (stack === null ? null : subjectOf(stack)));
  const wishes = (device: string): Wishes => wishesOf(after ?? before, device, family, names);
  return differenceOf(was ?? null, is ?? null, family, {
    wishes,
    mostBoxes: MOST_BOXES,
    mostTold: MOST_TOLD,
    nodes: NODES,
  });
}

function meanwhileOf(change: StackChange, family: 4 | 6, names: Names): readonly FlowChange[] {
  const { before, after, meanwhile = [] } = change;
  const [was, is] = [before, after].map((stack) => (stack === null ? null : subjectOf(stack)));
  return meanwhile.flatMap((stack) => {
    const wishes = (device: string): Wishes => wishesOf(stack, device, family, names);
    const options = { wishes, mostBoxes: MOST_BOXES, mostTold: MOST_TOLD, nodes: NODES };
    const { list } = transientlyOpen(was ?? null, subjectOf(stack), is ?? null, family, options);
    return list.flatMap((each) => told(each, stack, family, names, null));
  });
}

const CLIENT_PORT = 40_000n;

function wishesOf(stack: NetworkStack | null, device: string, family: 4 | 6, names: Names): Wishes {
  const word = family === 4 ? 'ip' : 'ip6';
  const one = (value: bigint): { readonly first: bigint; readonly last: bigint } => ({ first: value, last: value });
  const sources =
    stack === null
      ? []
      : names.isOutside(stack, device)
        ? [STRANGER[family]]
        : [
            ...names.addressesBehind(stack, device, family),
            ...furtherBehind(stack, device, family, names),
            STRANGER[family],
          ];
  return [
    ['l4proto', [6n, 17n, family === 4 ? 1n : 58n].map(one)],
    [`${word} saddr`, sources.map(one)],
    [`${word} daddr`, [...names.known[family], STRANGER[family]].map(one)],
    ['th sport', [one(CLIENT_PORT)]],
    ['th dport', [443n, 53n].map(one)],
  ];
}

/** Behind further routers: whoever it would answer by the interface. */
function furtherBehind(stack: NetworkStack, device: string, family: 4 | 6, names: Names): readonly bigint[] {
  return names.known[family].filter((to) => {
    const answer = routeTo(stack, { family, to, from: null, mark: 0n });
    return answer.type === 'out' && answer.ways.every((way) => way.device === device);
  });
}

function stackOfSide({ before, after }: StackChange, { direction }: StackDifference): NetworkStack {
  const stack = (direction === 'opened' ? after : before) ?? after ?? before;
  if (stack === null) throw new TypeError('a change of no stack');
  return stack;
}

function told(
  difference: StackDifference,
  stack: NetworkStack,
  family: 4 | 6,
  names: Names,
  trying: Trying | null,
): readonly FlowChange[] {
  const { from, to, box, witness, destination, port, sure, direction, before, after } = difference;
  const rule = direction === 'opened' ? ruleOf(after, names) : (ruleOf(stopped(after), names) ?? ruleOf(before, names));
  const spans = destination === null ? box.destinations : [{ first: destination, last: destination }];
  const targets = names.target(stack, to, spans, family);
  const samePort = box.ports.every(({ first, last }) => first === port && last === port);
  const shown = witnessOf(witness);
  const entry = destination === null ? null : names.published(shown.destination, shown.destinationPort);
  return [
    {
      services: servicesOf(box),
      from: names.source(stack, from, box.sources, family),
      to: port === null || samePort ? targets : targets.map((each) => `${each} port ${String(port)}`),
      ...{ via: names.stack(stack), sure, witness: shown },
      rule: rule === null || entry === null ? rule : { ...rule, entry },
      whole: trying === null ? null : tryWhole(difference, stack, family, trying),
    },
  ];
}

interface Trying extends Worlds {
  /** Changes that may still be tried. */
  left: number;
}

/** Each takes a millisecond or two. */
const MOST_WHOLE = 400;

function tryWhole(
  difference: StackDifference,
  stack: NetworkStack,
  family: 4 | 6,
  trying: Trying,
): FlowChange['whole'] {
  trying.left -= 1;
  return trying.left < 0 ? null : wholeWay(difference, stack, family, trying);
}

function stopped(judgement: Judgement | null): Judgement | null {
  return judgement?.verdict === 'dropped' || judgement?.verdict === 'rejected' ? judgement : null;
}

/** What ended its way; of what passed, the last rule of a filter that let it. */
function ruleOf(judgement: Judgement | null, names: Names): DecidingRule | null {
  if (judgement === null) return null;
  const filters = judgement.steps.filter(({ hook }) => hook === 'forward' || hook === 'input').map(({ by }) => by);
  const by = judgement.by ?? filters.findLast(({ id }) => id !== null) ?? filters.at(-1);
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
  const byEnds = Map.groupBy(changes, (each) => JSON.stringify([each.from, each.to, each.via, each.sure, seen(each)]));
  const services = [...byEnds.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, services: merged(group.flatMap((each) => each.services)) }];
  });
  const byServices = Map.groupBy(services, (each) =>
    JSON.stringify([each.from, each.via, each.services, each.sure, seen(each)]),
  );
  return [...byServices.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, to: [...new Set(group.flatMap(({ to }) => to))].sort() }];
  });
}

/** Of rows that are told as one all have the same outcome. */
function seen({ whole }: FlowChange): unknown {
  if (whole === null || whole.outcome === 'as-told') return [whole?.outcome ?? null, whole?.straight ?? null];
  return [whole.outcome, whole.at];
}

function merged(services: readonly string[]): readonly string[] {
  const all = new Set(services);
  if (all.has('any')) return ['any'];
  return [...all].filter((each) => !all.has(each.replace(/^[^/]*\//, '')) || !each.includes('/')).sort();
}
