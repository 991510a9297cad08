/**
 * The row of switches: random rules of the families bridge and netdev (and of inet, on the way in) on a bridge with three ports and
 * on these ports themselves; frames from port to port and to the host, some of them tagged.
 */
import { formatAddress, mustParseAddress } from '../../server/core/address.ts';
import type { NetworkStack, World } from '../../server/flow/world.ts';
import type { FrameFate } from '../../server/reach/walk/frames.ts';
import { frameFate } from '../../server/reach/walk/frames.ts';
import { rulesetOf } from '../../server/reach/world/rules.ts';
import { chance } from '../support/chance.ts';
import type { Chance } from '../support/chance.ts';
import type { Heard, Shot } from '../support/rules/packets.ts';
import { boundariesOf, randomShots } from '../support/rules/random-packets.ts';
import { randomSwitchRules } from '../support/rules/random-rules.ts';
import { BRIDGE, LOCAL, MAC, openRouter, PORTS } from '../support/rules/router.ts';
import type { Port, Router, Traced } from '../support/rules/router.ts';
import type { Figures, Rig, TortureRow } from './row.ts';
import { asArrived } from './support/router-stack.ts';

const FRAMES = 120;

/** A frame, and whom it is for; `null` is the host. */
interface Sent {
  readonly shot: Shot;
  readonly to: Port | null;
}

type Spoil = (stack: NetworkStack) => NetworkStack;

async function open(spoil: Spoil = (same) => same): Promise<Rig> {
  const router = await openRouter('switch');
  return { one: (seed) => tryRules(router, seed, spoil), close: () => router.close() };
}

async function tryRules(router: Router, seed: number, spoil: Spoil): Promise<Figures> {
  const from = chance(seed);
  const stack = switchWith(router.load(randomSwitchRules(from)));
  const ruleset = rulesetOf(stack);
  if (ruleset.unknown.length > 0) throw new Error(`seed ${String(seed)}: not read: ${JSON.stringify(ruleset.unknown)}`);
  const sent = randomShots(from, boundariesOf(ruleset), FRAMES).map((shot) => addressed(from, shot));
  const said = sent.map((each) => fateOf(spoil(stack), each));
  await router.traced();
  const heard = await router.send(sent.map(({ shot }) => shot));
  const traced = await router.traced();
  sent.forEach((each, index) => {
    const fate = said[index];
    const { number } = each.shot;
    const wrong = fate === undefined ? [] : disagreement(each, fate, heard.get(number), traced.get(number));
    if (wrong.length > 0) throw new Error(report(seed, each, wrong, traced.get(number), router));
  });
  const count = (type: FrameFate['type']): number => said.filter((fate) => fate.type === type).length;
  return {
    rulesets: 1,
    packets: sent.length,
    'not to be said': count('unknown'),
    'pass the bridge': count('passes'),
    dropped: count('dropped'),
    'for the host': sent.filter(({ to }) => to === null).length,
    tagged: sent.filter(({ shot }) => shot.vlan !== undefined).length,
  };
}

function addressed(from: Chance, shot: Shot): Sent {
  const others = PORTS.filter((port) => port !== shot.device);
  const to = from.oneIn(6) ? null : from.pick(others);
  const toMac = to === null ? BRIDGE.mac : MAC[to].far;
  // A tagged frame for the host is for a VLAN device on the bridge, and there is none.
  const vlan = to !== null && from.oneIn(4) ? { vlan: from.pick([4, 5, 6, 7]) } : {};
  const { family } = shot.tuple;
  const destination = to === null ? mustParseAddress(from.pick(LOCAL[family])).value : shot.tuple.destination;
  return { shot: { ...shot, tuple: { ...shot.tuple, destination }, toMac, ...vlan }, to };
}

function fateOf(stack: NetworkStack, { shot, to }: Sent): FrameFate {
  const { device, vlan = null, toMac = '' } = shot;
  const world: World = { stacks: new Map([[stack.id, stack]]), wires: [], nodes: new Map() };
  const crossing = { stack: stack.id, bridge: BRIDGE.name, from: device, to, vid: vlan };
  return frameFate(world, [crossing], {
    packet: asArrived(shot),
    fromMac: MAC[device].far,
    toMac,
    connectionOn: () => ({ state: 'new' }),
  });
}

function disagreement(
  { to, shot }: Sent,
  fate: FrameFate,
  heard: Heard | undefined,
  traced: Traced | undefined,
): readonly string[] {
  const came = to === null ? traced?.kept === true : heard?.device === to;
  if (fate.type === 'unknown') return [];
  if (fate.type === 'passes') return came ? [] : ['it was said to pass, and did not'];
  if (came) return ['it was said to be dropped, and passed'];
  const end = traced?.ends.at(-1);
  const { by } = fate;
  // Several rules may be the one; and of tagged frames on their way out the kernel tells nothing (trace_fill_header).
  if (by === null || (shot.vlan !== undefined && end?.verdict !== 'drop')) return [];
  const said = `${by.table} ${by.chain} ${String(by.handle)}`;
  const did = end === undefined ? 'nothing' : `${end.table} ${end.chain} ${String(end.handle)}`;
  return said === did ? [] : [`${said} was said to drop it, and ${did} did`];
}

function switchWith(objects: NetworkStack['tables'][number]['objects']): NetworkStack {
  const plain = { up: true, mac: null, mtu: null, addresses: [], vlans: [] };
  const form = { type: 'bridge', vlanAware: false, callsIp: false, vlanProtocol: '802.1Q' } as const;
  return {
    ...{ id: 'switch', node: 'switch', sort: 'host', host: 'switch' },
    interfaces: new Map([[BRIDGE.name, { ...plain, name: BRIDGE.name, form, port: null }]]),
    ...{ routes: [], rules: [], settings: new Map(), iptables: new Map(), listens: null, unread: [] },
    tables: [{ family: 'bridge', name: 'all', objects }],
  };
}

function report(
  seed: number,
  { shot, to }: Sent,
  wrong: readonly string[],
  traced: Traced | undefined,
  router: Router,
): string {
  const { tuple, device, vlan, number } = shot;
  const { family, protocol, source, destination, sourcePort, destinationPort } = tuple;
  const [one, other] = [formatAddress(family, source), formatAddress(family, destination)];
  return [
    `seed ${String(seed)}: ${wrong.join('; ')}`,
    `frame ${String(number)} from ${device} to ${to ?? 'the host'}, tag ${String(vlan)}: ${String(protocol)} ${one} ${String(sourcePort)} to ${other} ${String(destinationPort)} flags ${String(shot.flags)}`,
    ...(traced?.ends ?? []).map((end) => JSON.stringify(end)),
    router.run(['nft', '-a', 'list', 'ruleset']),
  ].join('\n');
}

const without =
  (matching: (object: NetworkStack['tables'][number]['objects'][number]) => boolean): Spoil =>
  (stack) => ({
    ...stack,
    tables: stack.tables.map((table) => ({ ...table, objects: table.objects.filter((each) => !matching(each)) })),
  });

export const bridged: TortureRow = {
  invariant: 'R5',
  promise: 'what is said of a frame and the rules of a bridge and its ports is what the kernel does',
  unit: 'switches with 120 frames',
  target: 1000,
  inCi: 12,
  open: () => open(),
  mutants: [
    {
      name: 'chains of ports that are not asked',
      within: 40,
      open: () => open(without((each) => JSON.stringify(each).includes('gress"'))),
    },
    {
      name: 'marks that are forgotten from chain to chain',
      within: 80,
      open: () => open(without((each) => 'rule' in each && JSON.stringify(each).includes('"mangle"'))),
    },
    {
      name: 'MACs that are not looked at',
      within: 40,
      open: () => open(without((each) => 'rule' in each && JSON.stringify(each).includes('"protocol":"ether"'))),
    },
  ],
};
