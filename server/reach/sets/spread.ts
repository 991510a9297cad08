/**
 * Where packets get to from one stack of a World, all of them at once: through every stack on their way by its sets, and from one
 * to the next as spans of addresses and ports, since each stack tells others apart. What comes out may be too much where
 * something is not understood (`sure` is false then), and is never too little.
 */
import { addressPart, familyOf, mustParseAddress, mustParsePrefix } from '../../core/address.ts';
import type { NetworkStack, StackId, World } from '../../flow/world.ts';
import type { FieldName } from '../rules/field-names.ts';
import type { Span } from '../rules/ruleset.ts';
import { segmentOf } from '../walk/segment.ts';
import type { Box } from './boxes.ts';
import { boxesOf, inBox } from './boxes.ts';
import { NONE } from './diagrams.ts';
import type { End } from './flow.ts';
import { subjectOf } from './of-stack.ts';
import { common, without } from './spans.ts';
import type { StackSets } from './stack.ts';
import { setsIn, sharedLayout } from './stack.ts';

export interface Spread {
  /** Where they end. */
  readonly stack: StackId;
  /** Stacks that they pass, the sender first. */
  readonly path: readonly StackId[];
  readonly sent: Box;
  readonly arriving: Box;
  readonly sure: boolean;
}

export interface SpreadResult {
  readonly list: readonly Spread[];
  /** What was not followed. */
  readonly notes: readonly string[];
}

const MOST_HOPS = 12;
const MOST_BOXES = 500;

interface Travelling {
  readonly stack: NetworkStack;
  /** `''`: sent by the stack itself. */
  readonly device: string;
  readonly path: readonly StackId[];
  readonly box: Box;
  readonly sent: Box;
  /** Fields that are not as they were sent. */
  readonly changed: ReadonlySet<keyof Box>;
  readonly sure: boolean;
}

/** @throws TooComplex */
export function spreadFrom(world: World, from: StackId, family: 4 | 6, sent: Partial<Box> = {}): SpreadResult {
  const stack = world.stacks.get(from);
  if (stack === undefined) return { list: [], notes: [`nothing is known of ${from}`] };
  const box: Box = { ...everything(family), sources: addressesOf(stack, family), ...sent };
  const list: Spread[] = [];
  const notes = new Set<string>();
  const todo: Travelling[] = [{ stack, device: '', path: [], box, sent: box, changed: new Set(), sure: true }];
  for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
    if (next.path.length >= MOST_HOPS) notes.add(`packets go round at ${next.stack.node}`);
    else todo.push(...through(world, next, family, list, notes));
  }
  return { list, notes: [...notes] };
}

function everything(family: 4 | 6): Box {
  const last = (1n << (family === 4 ? 32n : 128n)) - 1n;
  return {
    destinations: [{ first: 0n, last }],
    sources: [{ first: 0n, last }],
    ports: [{ first: 0n, last: 65_535n }],
    protocols: Array.from({ length: 256 }, (_, value) => BigInt(value)),
    icmpTypes: [{ first: 0n, last: 255n }],
  };
}

function addressesOf({ interfaces }: NetworkStack, family: 4 | 6): readonly Span[] {
  return [...interfaces.values()]
    .flatMap(({ addresses }) => addresses.map(addressPart).filter((each) => familyOf(each) === family))
    .map((each) => mustParseAddress(each).value)
    .filter((value) => value >> 24n !== 127n && value !== 1n)
    .map((value) => ({ first: value, last: value }));
}

interface Model {
  readonly sets: StackSets;
  readonly ends: Map<string, readonly End[]>;
}

const models = new WeakMap<NetworkStack, Map<4 | 6, Model>>();

/** Kept as long as the stack is: what changes is another stack. */
function modelOf(stack: NetworkStack, family: 4 | 6): Model {
  const known = models.get(stack) ?? new Map<4 | 6, Model>();
  models.set(stack, known);
  const found = known.get(family);
  if (found !== undefined) return found;
  const subject = subjectOf(stack);
  const model = { sets: setsIn(sharedLayout([subject], family), subject), ends: new Map<string, readonly End[]>() };
  known.set(family, model);
  return model;
}

function endsAt({ sets, ends }: Model, device: string): readonly End[] {
  const found = ends.get(device) ?? sets.endsOf(sets.arriving(device));
  ends.set(device, found);
  return found;
}

function through(
  world: World,
  travelling: Travelling,
  family: 4 | 6,
  list: Spread[],
  notes: Set<string>,
): readonly Travelling[] {
  const { stack, device, path, box, changed } = travelling;
  const model = modelOf(stack, family);
  const { layout } = model.sets;
  const { diagrams } = layout;
  const here = diagrams.and(inBox(layout, box), model.sets.arriving(device));
  const ends = endsAt(model, device);
  return ends.flatMap((end): readonly Travelling[] => {
    if (end.verdict !== 'forwarded' && end.verdict !== 'local') return [];
    const packets = diagrams.and(end.packets, here);
    if (packets === NONE) return [];
    const others = diagrams.union(ends.filter((each) => each !== end).map((each) => each.packets));
    const sure = travelling.sure && !diagrams.meets(packets, others);
    const { list: boxes, more } = boxesOf(layout, packets, MOST_BOXES);
    if (more) notes.add(`${stack.node} tells more packets apart than are followed`);
    return boxes.flatMap((each): readonly Travelling[] => {
      const arrived = narrowed(each, box);
      if (arrived === undefined) return [];
      const sent = sentAs(travelling.sent, arrived, changed);
      const { now, touched } = rewritten(arrived, end, family);
      const next = { path: [...path, stack.id], sent, changed: new Set([...changed, ...touched]), sure };
      if (end.verdict === 'local' || end.device === null || end.device === 'lo') {
        if (device !== '') list.push({ stack: stack.id, path: next.path, sent, arriving: now, sure });
        return [];
      }
      return onwards(world, stack, end.device, family, now, notes).map((to) => ({
        ...next,
        ...to,
        sure: sure && to.sure,
      }));
    });
  });
}

function narrowed(box: Box, to: Box): Box | undefined {
  const found: Box = {
    destinations: common(box.destinations, to.destinations),
    sources: common(box.sources, to.sources),
    ports: common(box.ports, to.ports),
    protocols: box.protocols.filter((each) => to.protocols.includes(each)),
    icmpTypes: common(box.icmpTypes, to.icmpTypes),
  };
  return Object.values(found).some((each: readonly unknown[]) => each.length === 0) ? undefined : found;
}

function sentAs(sent: Box, arrived: Box, changed: ReadonlySet<keyof Box>): Box {
  const same = Object.entries(arrived).filter(([name]) => !changed.has(name as keyof Box));
  return { ...sent, ...Object.fromEntries(same) };
}

function rewritten(box: Box, end: End, family: 4 | 6): { readonly now: Box; readonly touched: readonly (keyof Box)[] } {
  const word = family === 4 ? 'ip' : 'ip6';
  const names: readonly (readonly [FieldName, 'destinations' | 'sources' | 'ports'])[] = [
    [`${word} daddr`, 'destinations'],
    [`${word} saddr`, 'sources'],
    ['th dport', 'ports'],
  ];
  const whole = everything(family);
  let now = box;
  const touched: (keyof Box)[] = [];
  for (const [field, name] of names) {
    const value = end.rewritten.get(field);
    if (value === undefined) continue;
    touched.push(name);
    now = { ...now, [name]: value === 'some' ? whole[name] : [{ first: value, last: value }] };
  }
  return { now, touched };
}

type Onward = Pick<Travelling, 'stack' | 'device' | 'box' | 'sure'>;

/** Whoever has the address that the route, or the destination itself, says. */
function onwards(
  world: World,
  stack: NetworkStack,
  device: string,
  family: 4 | 6,
  box: Box,
  notes: Set<string>,
): readonly Onward[] {
  const { endpoints, beyond } = segmentOf(world, stack.id, device);
  for (const each of beyond) notes.add(each);
  const holders = endpoints.flatMap((endpoint) => {
    const far = world.stacks.get(endpoint.stack);
    const own = far?.interfaces.get(endpoint.device)?.addresses ?? [];
    // Rules where a bridge on the way is, which its frames may be shown to.
    const plain = endpoint.path.every((crossing) => world.stacks.get(crossing.stack)?.tables.length === 0);
    return far === undefined
      ? []
      : own.map(addressPart).flatMap((text) => {
          const { family: its, value } = mustParseAddress(text);
          return its === family ? [{ far, device: endpoint.device, value, plain }] : [];
        });
  });
  const routes = stack.routes
    .filter((route) => route.family === family)
    .map((route) => ({ route, ...mustParsePrefix(route.to) }));
  return routes.flatMap(({ route, first, last, length }): readonly Onward[] => {
    const ways = route.ways.filter((way) => way.device === device);
    if (route.type !== 'unicast' || ways.length === 0) return [];
    const narrower = routes.filter((each) => each.length > length && each.route.table === route.table);
    const destinations = without(common(box.destinations, [{ first, last }]), narrower);
    if (destinations.length === 0) return [];
    return ways.flatMap(({ via }) =>
      holders.flatMap((holder): readonly Onward[] => {
        const at = { first: holder.value, last: holder.value };
        const own =
          via === null ? common(destinations, [at]) : mustParseAddress(via).value === holder.value ? destinations : [];
        if (own.length === 0) return [];
        const to = { ...box, destinations: own };
        return [{ stack: holder.far, device: holder.device, box: to, sure: ways.length === 1 && holder.plain }];
      }),
    );
  });
}
