/**
 * A frame on its way through bridges: the chains of the families `bridge` and `netdev`, and where br_netfilter shows frames to
 * the chains of IP, those too. Order of hooks: include/uapi/linux/netfilter_bridge.h, net/bridge/br_forward.c.
 */
import type { NetworkStack, World } from '../../flow/world.ts';
import type { Connection } from '../judge/connection.ts';
import { runChain } from '../judge/chain.ts';
import { addressField, familyOf, portField, SOME, withFields } from '../judge/packet.ts';
import type { FieldValue, Packet } from '../judge/packet.ts';
import { hangsAnywhere, hangsOn } from '../judge/hooks.ts';
import { judge } from '../judge/walk.ts';
import type { FieldName } from '../rules/field-names.ts';
import type { Base, Chain, Locator, Ruleset, Table } from '../rules/ruleset.ts';
import { rulesetOf } from '../world/rules.ts';
import type { Crossing } from './segment.ts';

export type FrameFate =
  | { readonly type: 'passes' }
  | { readonly type: 'dropped' | 'unknown'; readonly at: Crossing; readonly by: Locator | null; readonly why: string };

export interface Frame {
  readonly packet: Packet;
  readonly fromMac: string | null;
  readonly toMac: string | null;
  /** What the IP chains of a bridge's host know of its flow, where they see it. */
  readonly connectionOn: (stack: string, packet: Packet) => Connection;
}

const PASSES: FrameFate = { type: 'passes' };

/** By the path of an endpoint; the first filter that stops it. */
export function frameFate(world: World, path: readonly Crossing[], frame: Frame): FrameFate {
  for (const crossing of path) {
    const stack = world.stacks.get(crossing.stack);
    if (stack === undefined) continue;
    const fate = cross(stack, crossing, frame);
    if (fate.type !== 'passes') return fate;
  }
  return PASSES;
}

interface Hooked {
  readonly table: Table;
  readonly chain: Chain;
  readonly base: Base;
}

const byHook = new WeakMap<Ruleset, ReadonlyMap<string, readonly Hooked[]>>();

function chainsOf(ruleset: Ruleset): ReadonlyMap<string, readonly Hooked[]> {
  const known = byHook.get(ruleset);
  if (known !== undefined) return known;
  const all = ruleset.tables
    .filter(({ family, dormant }) => !dormant && ['bridge', 'netdev', 'inet'].includes(family))
    .flatMap((table) =>
      [...table.chains.values()].flatMap((chain): Hooked[] => {
        const { base } = chain;
        // Of a port, not of the host behind it.
        return base === null || (table.family === 'inet' && base.hook !== 'ingress') ? [] : [{ table, chain, base }];
      }),
    );
  const sorted = all.toSorted((a, b) => a.base.priority - b.base.priority);
  const map = Map.groupBy(
    sorted,
    ({ table, base }) => `${table.family === 'bridge' ? 'bridge' : 'netdev'} ${base.hook}`,
  );
  byHook.set(ruleset, map);
  return map;
}

function cross(stack: NetworkStack, crossing: Crossing, frame: Frame): FrameFate {
  const { from, to } = crossing;
  const hooks = [
    ...(from === null ? [] : ['netdev ingress', 'bridge prerouting']),
    ...(from === null ? ['bridge output'] : to === null ? ['bridge input'] : ['bridge forward']),
    ...(to === null ? [] : ['bridge postrouting', 'netdev egress']),
  ];
  const chains = chainsOf(rulesetOf(stack));
  let written: Packet = new Map();
  for (const hook of chains.size === 0 ? [] : hooks) {
    let packet = withFields(frameAt(stack, crossing, hook, frame), written);
    for (const { table, chain, base } of chains.get(hook) ?? []) {
      const device = hook === 'netdev ingress' ? from : to;
      if (table.family !== 'bridge' && (device === null || !hangsOn(base, device))) continue;
      const outcomes = runChain(table, chain, base, packet);
      const [first] = outcomes;
      if (first === undefined) continue;
      if (outcomes.every(({ verdict }) => verdict === 'accept')) {
        const before = hangsAnywhere(base) ? [packet] : [];
        const changed = changes(packet, [...before, ...outcomes.map((each) => each.packet)]);
        written = withFields(written, changed);
        packet = withFields(packet, changed);
        continue;
      }
      const sure = !hangsAnywhere(base) && outcomes.every(({ verdict }) => verdict === 'drop' || verdict === 'reject');
      const by = first.doubts[0] ?? first.by;
      const sameRule = outcomes.every((each) => each.by === first.by);
      return sure
        ? { type: 'dropped', at: crossing, by: sameRule ? first.by : null, why: `dropped in bridge ${crossing.bridge}` }
        : { type: 'unknown', at: crossing, by, why: `a rule of bridge ${crossing.bridge} is not understood` };
    }
  }
  return from !== null && to !== null ? shownToIp(stack, crossing, frame) : PASSES;
}

/** What a chain wrote into the packet; where that is one thing or another, nobody knows which. */
function changes(before: Packet, after: readonly Packet[]): readonly (readonly [FieldName, FieldValue])[] {
  const fields = new Set(after.flatMap((packet) => [...packet.keys()]));
  return [...fields].flatMap((field) => {
    const values = new Set(after.map((packet) => packet.get(field) ?? null));
    if (values.size === 1 && values.has(before.get(field) ?? null)) return [];
    const [only = null] = values;
    return [[field, values.size === 1 ? only : SOME] as const];
  });
}

/** As the chains of a bridge see it: interfaces are ports, and MACs can be read. */
function frameAt(
  stack: NetworkStack,
  { bridge, from, to, vid }: Crossing,
  hook: string,
  { packet, fromMac, toMac }: Frame,
): Packet {
  const leaving = hook.endsWith('postrouting') || hook.endsWith('egress') || hook.endsWith('output');
  const form = stack.interfaces.get(bridge)?.form;
  const aware = form?.type === 'bridge' && form.vlanAware;
  // Before a bridge that filters has looked at it, and behind it, the frame has the tag of the wire.
  const tag = aware && !hook.endsWith('forward') && !hook.endsWith('input') ? SOME : vid === null ? null : BigInt(vid);
  const fields: (readonly [FieldName, FieldValue])[] = [
    ['iifname', hook.endsWith('postrouting') || from === null ? (leaving ? '' : bridge) : from],
    ['oifname', leaving || hook.endsWith('forward') ? (to ?? bridge) : ''],
    ['nfproto', 7n],
    ...macFields({ fromMac, toMac }),
    ['vlan id', tag],
    ['ether type', tag === null ? (packet.get('l3proto') ?? SOME) : tag === SOME ? SOME : TAGGED],
    ['ct state', SOME],
  ];
  return withFields(packet, fields);
}

/** IEEE 802.1Q. */
const TAGGED = 0x81_00n;

export function macFields({ fromMac, toMac }: Pick<Frame, 'fromMac' | 'toMac'>): (readonly [FieldName, FieldValue])[] {
  return [
    ['ether saddr', macValue(fromMac)],
    ['ether daddr', macValue(toMac)],
  ];
}

function macValue(mac: string | null): FieldValue {
  return mac === null ? SOME : BigInt(`0x${mac.replaceAll(':', '')}`);
}

/** br_netfilter: between two ports the chains of IP see a packet that comes in and leaves by the bridge. */
function shownToIp(stack: NetworkStack, crossing: Crossing, frame: Frame): FrameFate {
  const { packet, connectionOn } = frame;
  const { bridge } = crossing;
  const family = familyOf(packet);
  const sure = callsIp(stack, bridge, family);
  if (sure === false || packet.get('l3proto') === ARP) return PASSES;
  const through = withFields(packet, [['iifname', bridge], ['oifname', ''], ...macFields(frame)]);
  const out = { type: 'out', device: bridge } as const;
  const {
    verdict,
    by,
    packet: after,
  } = judge(rulesetOf(stack), { route: () => out, address: () => undefined }, through, connectionOn(stack.id, packet));
  const fields = [
    addressField(family, 'source'),
    addressField(family, 'destination'),
    portField('destination'),
  ] as const;
  if (verdict === 'forwarded' && fields.every((field) => after.get(field) === packet.get(field))) return PASSES;
  if (sure === true && (verdict === 'dropped' || verdict === 'rejected'))
    return { type: 'dropped', at: crossing, by, why: `br_netfilter shows it to the rules of ${stack.node}` };
  const why =
    sure === true
      ? `br_netfilter shows it to rules of ${stack.node} that change it or are not understood`
      : `nobody has told whether br_netfilter is on at ${stack.node}, where rules would stop it`;
  return { type: 'unknown', at: crossing, by, why };
}

/** Whether br_netfilter shows the bridge's frames to the chains of IP; `null` where nobody has told. */
export function callsIp(stack: NetworkStack, bridge: string, family: 4 | 6): boolean | null {
  const form = stack.interfaces.get(bridge)?.form;
  if (form?.type !== 'bridge' || form.callsIp === false) return false;
  if (form.callsIp === true) return true;
  const whole = stack.settings.get(`net/bridge/bridge-nf-call-${family === 4 ? 'iptables' : 'ip6tables'}`);
  return whole === undefined ? null : whole === '1';
}

export const ARP = 0x08_06n;
