/**
 * Sets of packets through one stack, by the same stages as one packet takes (`judge/walk.ts`, which is the reference): every base
 * chain of every table in the order of its hook, conntrack and translations between them, the choice of the way.
 *
 * Packets are the first ones of flows. What comes out says where each of them may end: a packet that is in one end alone ends
 * there for sure, one that is in several depends on what is not understood.
 */
import type { Hook, HookedChain } from '../judge/hooks.ts';
import { arrivesTracked } from '../judge/connection.ts';
import { chainsAt, hangsAnywhere, hangsOn, natChains, translatesAt } from '../judge/hooks.ts';
import type { Packet, Tuple } from '../judge/packet.ts';
import type { Way } from '../judge/stack.ts';
import type { FieldName } from '../rules/field-names.ts';
import type { Ruleset, Statement } from '../rules/ruleset.ts';
import { arriving, classesOfTuple } from './arriving.ts';
import type { Chains, ChainSets } from './chain.ts';
import { chainsOf, DEEPEST } from './chain.ts';
import { onlyTranslates } from './chain-shape.ts';
import { beforeConntrack, enterConntrack } from './conntrack.ts';
import type { Extra } from './cuts.ts';
import { classesOf } from './cuts.ts';
import type { PacketSet } from './diagrams.ts';
import { NONE } from './diagrams.ts';
import type { Facts } from './facts.ts';
import { extraOf, havingName, regionsOf } from './facts.ts';
import type { Layout } from './fields.ts';
import { classOf, havingValues, layoutOf } from './fields.ts';
import type { End, FlowSet, JoinedEnd } from './flow.ts';
import { asArrived, endsOneByOne, joinedEnds, joinedFlows } from './flow.ts';
import { applyTargets } from './nat.ts';
import { AS_ARRIVED, nowIn } from './rewritten.ts';

export interface StackSets {
  readonly layout: Layout;
  readonly chains: Chains;
  /** Ends of packets that come in by one of these interfaces; `''`: of those that the stack sends itself. */
  endsOf(packets: PacketSet): readonly End[];
  /**
   * Where they end, and what their destinations have become: ends together that differ in that alone. What their sources have
   * become is left out where no rule looks at it.
   */
  joinedEndsOf(packets: PacketSet): readonly JoinedEnd[];
  /** All first packets of flows that may come in by the interface. */
  arriving(device: string): PacketSet;
  /** Whether the flow's first packet is in the set, if it comes in by the interface. */
  holds(packets: PacketSet, tuple: Tuple, device: string | null): boolean;
}

export interface StackOptions {
  /** What the question has to tell apart. */
  readonly spans?: Extra['spans'];
  readonly nodes?: number;
}

/** What is judged: rules, and what the stack knows beside them. */
export interface Subject {
  readonly ruleset: Ruleset;
  readonly facts: Facts;
}

/** One layout for all of them, so that their sets can be compared. */
export function sharedLayout(subjects: readonly Subject[], family: 4 | 6, options: StackOptions = {}): Layout {
  const extras = subjects.map(({ facts }) => extraOf(facts, family, options.spans));
  const together: Extra = {
    spans: extras.flatMap(({ spans }) => spans),
    devices: extras.flatMap(({ devices }) => devices),
    marks: extras.flatMap(({ marks }) => marks),
  };
  const tables = subjects.flatMap(({ ruleset }) => ruleset.tables);
  return layoutOf(family, classesOf({ tables, unknown: [] }, family, together), options.nodes);
}

/** @throws TooComplex */
export function stackSets(ruleset: Ruleset, facts: Facts, family: 4 | 6, options: StackOptions = {}): StackSets {
  const subject = { ruleset, facts };
  return setsIn(sharedLayout([subject], family, options), subject);
}

/** @throws TooComplex */
export function setsIn(layout: Layout, { ruleset, facts }: Subject): StackSets {
  const model = modelOf(ruleset, facts, layout);
  return {
    layout,
    chains: model.chains,
    arriving: (device) => arriving(layout, device),
    endsOf: (packets) => endsOneByOne(layout, endsOf(model, packets)),
    joinedEndsOf: (packets) => endsOf({ ...model, keepsSources: true }, packets),
    holds: (packets, tuple, device) => layout.diagrams.holds(packets, classesOfTuple(layout, tuple, device ?? '')),
  };
}

interface Model {
  readonly ruleset: Ruleset;
  readonly facts: Facts;
  readonly layout: Layout;
  readonly chains: Chains;
  readonly ways: readonly (readonly [Way, PacketSet])[];
  /** Coming in where nothing is forwarded. */
  readonly shut: PacketSet;
  readonly fib: readonly (readonly [FieldName, readonly (readonly [bigint | 'some', PacketSet])[]])[];
  readonly chainsAt: (hook: Hook) => readonly HookedChain[];
  readonly natAt: (hook: Hook) => readonly HookedChain[];
  /** Translations of sources are not followed where nothing depends on them. */
  readonly keepsSources: boolean;
}

function modelOf(ruleset: Ruleset, facts: Facts, layout: Layout): Model {
  const { family } = layout;
  const anyPacket: Packet = new Map([['l3proto', family === 4 ? 0x08_00n : 0x86_ddn]]);
  const ways = regionsOf(
    layout,
    facts.ways(family).map(({ region, way }) => ({ region, value: way })),
    (way) => JSON.stringify(way),
    { type: 'unknown', why: 'a routing rule for a mark that is not known' },
  );
  const fib = [...(facts.fib?.(family) ?? [])]
    .filter(([field]) => layout.fields.has(field))
    .map(([field, list]) => {
      const values = list.map(({ region, value }) => ({ region, value: value ?? ('some' as const) }));
      return [field, regionsOf<bigint | 'some'>(layout, values, String, 'some')] as const;
    });
  const leaving = chainsAt(ruleset, 'egress', anyPacket).map(withoutArrival);
  return {
    ...{ ruleset, facts, layout, chains: chainsOf(layout), ways, fib },
    shut: layout.diagrams.union(
      facts.devices
        .filter((device) => facts.forwards?.(device, family) === false)
        .map((device) => havingName(layout, 'iifname', device)),
    ),
    chainsAt: (hook) => (hook === 'egress' ? leaving : chainsAt(ruleset, hook, anyPacket)),
    natAt: (hook) => natChains(ruleset, hook, anyPacket),
    keepsSources: false,
  };
}

/** Behind a packet's way out nothing says where it came in: what asks for that is left open. */
function withoutArrival(hooked: HookedChain): HookedChain {
  const open = (each: Statement): Statement =>
    each.type === 'match' && each.key.some(({ field }) => field === 'iifname')
      ? { type: 'condition', text: 'iifname' }
      : each;
  const chains = new Map(
    [...hooked.table.chains].map(([name, chain]) => {
      const rules = chain.rules.map((rule) => ({ ...rule, statements: rule.statements.map(open) }));
      return [name, { ...chain, rules }];
    }),
  );
  const chain = chains.get(hooked.chain.name) ?? hooked.chain;
  return { ...hooked, table: { ...hooked.table, chains }, chain };
}

function endsOf(model: Model, packets: PacketSet): readonly JoinedEnd[] {
  const { layout, ruleset } = model;
  const { diagrams } = layout;
  const start = beforeConntrack(layout, packets);
  const own = havingName(layout, 'iifname', '');
  const ends: JoinedEnd[] = [];
  if (ruleset.unknown.length > 0) return [end('unknown', { packets, rewritten: AS_ARRIVED })];
  const first = through(model, 'ingress', [{ packets: diagrams.minus(start, own), rewritten: AS_ARRIVED }], ends);
  const arrived = through(model, 'prerouting', first, ends);
  const routed = arrived.map((flow) => route(model, flow, ends, true));
  const input = through(
    model,
    'input',
    routed.flatMap(({ local }) => local),
    ends,
  );
  ends.push(...input.map((flow) => end('local', flow)));
  const forward = through(
    model,
    'forward',
    routed.flatMap(({ out }) => out),
    ends,
  );
  const leaving = leavingBy(model, { packets: diagrams.and(start, own), rewritten: AS_ARRIVED });
  const sent = through(model, 'output', leaving, ends).map((flow) => route(model, flow, ends, false));
  const gone = through(
    model,
    'postrouting',
    [...forward, ...sent.flatMap(({ out, local }) => [...out, ...local])],
    ends,
  );
  for (const flow of through(model, 'egress', gone, ends)) ends.push(...byDevice(layout, flow));
  return joinedEnds(
    layout,
    ends.map((each) => ({ ...each, packets: asArrived(layout, each.packets) })),
  );
}

function end(verdict: End['verdict'], { packets, rewritten }: FlowSet, device: string | null = null): JoinedEnd {
  return { verdict, device, rewritten, packets };
}

function byDevice(layout: Layout, { packets, rewritten }: FlowSet): readonly JoinedEnd[] {
  const field = layout.fields.get('oifname');
  if (field?.classes.type !== 'names') return [];
  return field.classes.names.flatMap((device) => {
    const set = layout.diagrams.and(packets, havingName(layout, 'oifname', device));
    return set === NONE ? [] : [end('forwarded', { packets: set, rewritten }, device)];
  });
}

function leavingBy(model: Model, flow: FlowSet): readonly FlowSet[] {
  const { out, local } = route(model, flow, [], false);
  const { diagrams } = model.layout;
  const found = [...out, ...local];
  const known = diagrams.union(found.map(({ packets }) => asArrived(model.layout, packets)));
  return joinedFlows(model.layout, [...found, { ...flow, packets: diagrams.minus(flow.packets, known) }]);
}

function route(
  { layout, ways, shut }: Model,
  flow: FlowSet,
  ends: JoinedEnd[],
  arrives: boolean,
): { readonly out: readonly FlowSet[]; readonly local: readonly FlowSet[] } {
  const { diagrams } = layout;
  const { rewritten } = flow;
  const sets: PacketSet[] = [];
  const local: FlowSet[] = [];
  const leave = (packets: PacketSet, device: string): void => {
    const oif = layout.fields.get('oifname');
    if (oif === undefined) return;
    sets.push(diagrams.and(diagrams.without(packets, oif.block), havingName(layout, 'oifname', device)));
  };
  let left = flow.packets;
  for (const [way, region] of ways) {
    const here = nowIn(layout, rewritten, region);
    const packets = diagrams.and(flow.packets, here);
    left = diagrams.minus(left, here);
    if (packets === NONE) continue;
    if (way.type === 'out') {
      const stopped = arrives ? diagrams.and(packets, shut) : NONE;
      ends.push(end('no-route', { packets: stopped, rewritten }));
      leave(diagrams.minus(packets, stopped), way.device);
    } else if (way.type === 'local' && !arrives) leave(packets, 'lo');
    else if (way.type === 'local') local.push({ packets, rewritten });
    else ends.push(end(way.type === 'none' ? 'no-route' : 'unknown', { packets, rewritten }));
  }
  if (left !== NONE) ends.push(end('no-route', { packets: left, rewritten }));
  const packets = diagrams.union(sets);
  return { out: packets === NONE ? [] : [{ packets, rewritten }], local };
}

/** include/uapi/linux/netfilter_ipv4.h */
const SOURCES_AT = 100;

function through(model: Model, hook: Hook, flows: readonly FlowSet[], ends: JoinedEnd[]): readonly FlowSet[] {
  const { layout } = model;
  type Run = (flow: FlowSet) => readonly FlowSet[];
  const events: { readonly at: number; readonly run: Run }[] = model.chainsAt(hook).map((chain) => ({
    at: chain.base.priority,
    run: (flow) => onItsInterfaces(model, hook, chain, flow, (own) => follow(model, chain, own, ends).passed),
  }));
  if (arrivesTracked(hook)) events.push({ at: -199.5, run: (flow) => [enterConntrack(layout, flow)] });
  const natAt = translatesAt(hook);
  const nat = model.keepsSources && isLast(model, hook) ? [] : model.natAt(hook);
  if (natAt !== null && nat.length > 0)
    events.push({
      at: natAt,
      run: (flow) => translateFlows(model, hook, nat, flow, ends).map((each) => withRoutes(model, each)),
    });
  let live: readonly FlowSet[] = joinedFlows(layout, flows).map((flow) => withRoutes(model, flow));
  for (const { run } of events.toSorted((a, b) => a.at - b.at)) live = joinedFlows(layout, live.flatMap(run));
  return live;
}

/** Chains of interfaces see the packets of theirs alone. */
function onItsInterfaces(
  { layout }: Model,
  hook: Hook,
  { base }: HookedChain,
  flow: FlowSet,
  run: (flow: FlowSet) => readonly FlowSet[],
): readonly FlowSet[] {
  if (hook !== 'ingress' && hook !== 'egress') return run(flow);
  const name = hook === 'ingress' ? 'iifname' : 'oifname';
  const field = layout.fields.get(name);
  if (field?.classes.type !== 'names') return [flow];
  const { diagrams } = layout;
  const devices = field.classes.names.filter((device) => hangsOn(base, device));
  const own = diagrams.union(devices.map((device) => havingName(layout, name, device)));
  const others = { ...flow, packets: diagrams.minus(flow.packets, own) };
  const rest = hangsAnywhere(base) ? flow : others;
  return [...run({ ...flow, packets: diagrams.and(flow.packets, own) }), rest];
}

/** Whether translating a source there is the last thing that happens, and never fails. */
function isLast({ chainsAt: chains, natAt, facts, layout }: Model, hook: Hook): boolean {
  if (hook !== 'postrouting' && hook !== 'input') return false;
  const behind =
    chains(hook).some(({ base }) => base.priority >= SOURCES_AT) ||
    (hook === 'postrouting' && chains('egress').length > 0);
  const plain = natAt(hook).every(({ table, chain }) => onlyTranslates(table, chain, DEEPEST));
  return plain && !behind && facts.devices.every((device) => facts.address(device, layout.family) !== null);
}

/** What the chain lets pass, and what it translates. */
function follow(
  { layout, chains }: Model,
  { table, chain, base }: HookedChain,
  flow: FlowSet,
  ends: JoinedEnd[],
): { readonly passed: readonly FlowSet[]; readonly translated: ChainSets['translated'] } {
  const { rewritten } = flow;
  const sets = chains.run(table, chain, flow.packets, rewritten);
  const also = (own: PacketSet, policy: 'accept' | 'drop'): FlowSet => ({
    packets: base.policy === policy ? layout.diagrams.or(own, sets.returned) : own,
    rewritten,
  });
  ends.push(
    end('dropped', also(sets.drop, 'drop')),
    end('rejected', { packets: sets.reject, rewritten }),
    end('unknown', { packets: sets.unknown, rewritten }),
  );
  return { passed: [also(sets.accept, 'accept')], translated: sets.translated };
}

/** Chain after chain until one of them translates; what is not tracked is left alone. */
function translateFlows(
  model: Model,
  hook: Hook,
  chains: readonly HookedChain[],
  flow: FlowSet,
  ends: JoinedEnd[],
): readonly FlowSet[] {
  const { layout, facts } = model;
  const { diagrams } = layout;
  const tracked = diagrams.and(havingValues(layout, 'tracked', [1n]), havingValues(layout, 'notrack', [0n]));
  const done: FlowSet[] = [{ ...flow, packets: diagrams.minus(flow.packets, tracked) }];
  let live: readonly FlowSet[] = [{ ...flow, packets: diagrams.and(flow.packets, tracked) }];
  for (const chain of chains) {
    const next: FlowSet[] = [];
    for (const each of live) {
      const { passed, translated } = follow(model, chain, each, ends);
      next.push(...passed);
      const { flows, dropped } = applyTargets(layout, facts, hook, each, translated);
      done.push(...flows);
      ends.push(end('dropped', { packets: dropped, rewritten: each.rewritten }));
    }
    live = joinedFlows(layout, next);
  }
  return [...done, ...live];
}

/** What the routing tables say of packets as they are now. */
function withRoutes({ layout, fib }: Model, flow: FlowSet): FlowSet {
  const { diagrams } = layout;
  let { packets } = flow;
  for (const [name, regions] of fib) {
    const field = layout.fields.get(name);
    if (field?.classes.type !== 'values' || packets === NONE) continue;
    const other = field.classes.values.indexOf(null);
    const free = diagrams.without(packets, field.block);
    const having = (value: bigint | 'some'): PacketSet => {
      const found = value === 'some' ? other : (classOf(field, value) ?? other);
      return diagrams.classes(field.block, [[found, found]]);
    };
    const regionsNow = regions.map(([value, region]) => [value, nowIn(layout, flow.rewritten, region)] as const);
    const covered = diagrams.union(regionsNow.map(([, region]) => region));
    const sets = regionsNow.map(([value, region]) => diagrams.and(diagrams.and(free, region), having(value)));
    packets = diagrams.or(diagrams.union(sets), diagrams.and(diagrams.minus(free, covered), having('some')));
  }
  return { ...flow, packets };
}
