/** What translations make of packets, as `judge/nat.ts` has it for one. */
import type { Hook } from '../judge/hooks.ts';
import type { FieldName } from '../rules/field-names.ts';
import type { PacketSet } from './diagrams.ts';
import { NONE } from './diagrams.ts';
import type { Facts } from './facts.ts';
import { havingName } from './facts.ts';
import type { TranslatedSet } from './chain.ts';
import type { FlowSet } from './flow.ts';
import { saysMore } from './flow.ts';
import type { Layout } from './fields.ts';
import { classOf, havingValues, spanOf } from './fields.ts';
import type { Case } from './rewritten.ts';
import { casesOf, valueNow } from './rewritten.ts';
import type { Given, Target } from './translation.ts';
import { textOf } from './translation.ts';

const STATUS = { source: 16n, destination: 32n } as const;
/** Classes of addresses that a mapping of prefixes is followed through one by one. */
const MOST_MAPPED = 1024;

export interface Applied {
  readonly flows: readonly FlowSet[];
  /** There is no address to translate to. */
  readonly dropped: PacketSet;
}

/** All that one chain translates of a flow. */
export function applyTargets(
  layout: Layout,
  facts: Facts,
  hook: Hook,
  flow: FlowSet,
  translated: readonly TranslatedSet[],
): Applied {
  const { diagrams } = layout;
  const flows: FlowSet[] = [];
  let dropped: PacketSet = NONE;
  const many = byConstants(layout, flow, translated);
  if (many !== undefined) flows.push(many.flow);
  const left = many?.left ?? translated;
  for (const group of Map.groupBy(left, ({ target }) => textOf(target)).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const packets = diagrams.union(group.map((each) => each.packets));
    const applied = applyTarget(layout, facts, hook, { ...flow, packets }, first.target);
    flows.push(...applied.flows);
    dropped = diagrams.or(dropped, applied.dropped);
  }
  return { flows, dropped };
}

/** Packets that are each given values that are known, by what they were when they arrived, as one flow of many cases. */
function byConstants(
  layout: Layout,
  flow: FlowSet,
  translated: readonly TranslatedSet[],
): { readonly flow: FlowSet; readonly left: readonly TranslatedSet[] } | undefined {
  const { diagrams } = layout;
  const [first] = translated;
  if (first === undefined) return undefined;
  const { side } = first.target;
  const names = [addressName(layout, side), portName(side)] as const;
  if (names.some((name) => valueNow(flow.rewritten, name) !== undefined)) return undefined;
  const plain = (each: TranslatedSet): boolean => isConstant(each.target) && !saysMore(layout, each.about);
  const groups = [...Map.groupBy(translated.filter(plain), ({ target }) => textOf(target)).values()];
  if (groups.length < 2) return undefined;
  const [list, kept]: [Case[], PacketSet[]] = [[], []];
  for (const group of groups) {
    const [{ target } = first] = group;
    const about = diagrams.union(group.map((each) => each.about));
    const values = new Map([target.address, target.port].flatMap((value, at) => valueOf(names[at], value)));
    list.push({ packets: about, values });
    kept.push(diagrams.and(about, asGiven(layout, side, target)));
  }
  const cases = casesOf(layout, list);
  if (cases === undefined) return undefined;
  const packets = diagrams.union(groups.flat().map((each) => each.packets));
  const same = diagrams.and(packets, diagrams.union(kept));
  const changed = withStatus(layout, diagrams.minus(packets, same), STATUS[side]);
  const { all, lists } = flow.rewritten;
  return {
    flow: { packets: diagrams.or(same, changed), rewritten: { all, lists: [...lists, cases] } },
    left: translated.filter((each) => !plain(each)),
  };
}

function isConstant({ address, port }: Target): boolean {
  return (typeof address === 'bigint' || address === 'keep') && port !== 'some';
}

function valueOf(name: FieldName | undefined, value: Target['address']): readonly (readonly [FieldName, bigint])[] {
  return name === undefined || typeof value !== 'bigint' ? [] : [[name, value]];
}

/** Packets that have already what the translation gives. */
function asGiven(layout: Layout, side: Target['side'], { address, port }: Target): PacketSet {
  const { diagrams } = layout;
  const having = (name: FieldName, value: Target['address']): PacketSet => {
    const field = layout.fields.get(name);
    if (value === 'keep') return 1;
    const found = field === undefined || typeof value !== 'bigint' ? undefined : classOf(field, value);
    return field === undefined || found === undefined ? NONE : diagrams.classes(field.block, [[found, found]]);
  };
  const portless = diagrams.not(layout.fields.get(portName(side))?.present ?? NONE);
  const portKept = diagrams.or(portless, having(portName(side), port));
  return diagrams.and(having(addressName(layout, side), address), portKept);
}

function portName(side: Target['side']): FieldName {
  return side === 'source' ? 'th sport' : 'th dport';
}

function applyTarget(layout: Layout, facts: Facts, hook: Hook, flow: FlowSet, target: Target): Applied {
  const { address, side } = target;
  if (address === 'interface') return byInterface(layout, facts, hook, flow, target);
  if (typeof address === 'object') return { flows: byPrefix(layout, flow, target, address.prefix), dropped: NONE };
  return { flows: [rewrite(layout, flow, side, address, target.port)], dropped: NONE };
}

function byInterface(layout: Layout, facts: Facts, hook: Hook, flow: FlowSet, { side, port }: Target): Applied {
  const { diagrams, family } = layout;
  if (hook === 'output') {
    const loopback = family === 4 ? 0x7f_00_00_01n : 1n;
    return { flows: [rewrite(layout, flow, side, loopback, port)], dropped: NONE };
  }
  const name = hook === 'prerouting' || hook === 'input' ? 'iifname' : 'oifname';
  const flows: FlowSet[] = [];
  let dropped: PacketSet = NONE;
  let left = flow.packets;
  for (const device of facts.devices) {
    const packets = diagrams.and(left, havingName(layout, name, device));
    if (packets === NONE) continue;
    left = diagrams.minus(left, packets);
    const address = facts.address(device, family);
    if (address === null) dropped = diagrams.or(dropped, packets);
    else flows.push(rewrite(layout, { ...flow, packets }, side, address ?? 'some', port));
  }
  if (left !== NONE) flows.push(rewrite(layout, { ...flow, packets: left }, side, 'some', port));
  return { flows, dropped };
}

/** Bits of the host stay as they are. */
function byPrefix(
  layout: Layout,
  flow: FlowSet,
  { side, port }: Target,
  { first, last }: { readonly first: bigint; readonly last: bigint },
): readonly FlowSet[] {
  const mapped = (address: bigint): bigint => first | (address & (last - first));
  const name = addressName(layout, side);
  const known = valueNow(flow.rewritten, name);
  const some = (packets: PacketSet, value: Given): FlowSet => rewrite(layout, { ...flow, packets }, side, value, port);
  if (known !== undefined) return [some(flow.packets, known === 'some' ? known : mapped(known))];
  const { diagrams } = layout;
  const field = layout.fields.get(name);
  if (field === undefined || field.block.size > MOST_MAPPED) return [some(flow.packets, 'some')];
  const found: FlowSet[] = [];
  for (let index = 0; index < field.block.size; index += 1) {
    const packets = diagrams.and(flow.packets, diagrams.classes(field.block, [[index, index]]));
    const span = spanOf(field, index);
    if (packets === NONE || span === undefined) continue;
    found.push(some(packets, span.first === span.last ? mapped(span.first) : 'some'));
  }
  return found;
}

function addressName({ family }: Layout, side: Target['side']): FieldName {
  return `${family === 4 ? 'ip' : 'ip6'} ${side === 'source' ? 'saddr' : 'daddr'}`;
}

function rewrite(layout: Layout, flow: FlowSet, side: Target['side'], address: Given, port: Given): FlowSet {
  const { diagrams } = layout;
  const portField = portName(side);
  const addressChange = changeOf(layout, flow, addressName(layout, side), address);
  const having = layout.fields.get(portField)?.present ?? NONE;
  const stays = diagrams.minus(flow.packets, diagrams.or(addressChange.changed, addressChange.unclear));
  const portChange = changeOf(layout, { ...flow, packets: diagrams.and(stays, having) }, portField, port);
  const changed = diagrams.or(addressChange.changed, portChange.changed);
  const unclear = diagrams.or(addressChange.unclear, portChange.unclear);
  const packets = diagrams.or(
    diagrams.minus(flow.packets, diagrams.or(changed, unclear)),
    diagrams.or(withStatus(layout, changed, STATUS[side]), withStatus(layout, unclear, 'some')),
  );
  const all = new Map(flow.rewritten.all);
  if (address !== 'keep') all.set(addressName(layout, side), address);
  if (port !== 'keep') all.set(portField, port);
  return { packets, rewritten: { ...flow.rewritten, all } };
}

/** Packets for which the value differs from what they have now, and those of which that cannot be said. */
function changeOf(
  { fields, diagrams }: Layout,
  { packets, rewritten }: FlowSet,
  name: FieldName,
  value: Given,
): { readonly changed: PacketSet; readonly unclear: PacketSet } {
  const field = fields.get(name);
  const now = valueNow(rewritten, name);
  if (now === 'some') return { changed: NONE, unclear: packets };
  if (value === 'keep') return { changed: NONE, unclear: NONE };
  if (value === 'some' || field === undefined) return { changed: NONE, unclear: packets };
  if (now !== undefined) return { changed: now === value ? NONE : packets, unclear: NONE };
  const same = classOf(field, value);
  const alike = same === undefined ? NONE : diagrams.classes(field.block, [[same, same]]);
  return { changed: diagrams.minus(packets, alike), unclear: NONE };
}

function withStatus(layout: Layout, packets: PacketSet, bit: bigint | 'some'): PacketSet {
  const { diagrams } = layout;
  const field = layout.fields.get('ct status');
  if (packets === NONE || field?.classes.type !== 'values') return packets;
  const other = field.classes.values.indexOf(null);
  const moved = field.classes.values.map((value, index) => {
    const those = diagrams.and(packets, diagrams.classes(field.block, [[index, index]]));
    if (those === NONE) return NONE;
    const free = diagrams.without(those, field.block);
    return value === null || bit === 'some'
      ? diagrams.and(free, diagrams.classes(field.block, [[other, other]]))
      : diagrams.and(free, havingValues(layout, 'ct status', [value | bit]));
  });
  return diagrams.union(moved);
}
