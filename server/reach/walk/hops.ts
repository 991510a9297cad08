/** What a stack did with a packet, as hops that a person can follow. */
import { formatAddress } from '../../core/address.ts';
import type { NetworkStack, World } from '../../flow/world.ts';
import type { Tuple } from '../judge/packet.ts';
import { addressField, portField } from '../judge/packet.ts';
import type { Packet } from '../judge/packet.ts';
import type { Judgement, Step } from '../judge/walk.ts';
import type { Ruleset } from '../rules/ruleset.ts';
import { rulesetOf } from '../world/rules.ts';
import type { Decider, Hop, PacketView } from './answer.ts';
import type { Decision } from './router.ts';
import type { Crossing } from './segment.ts';

const PROTOCOLS: ReadonlyMap<bigint, string> = new Map([
  [1n, 'icmp'],
  [6n, 'tcp'],
  [17n, 'udp'],
  [58n, 'icmp'],
]);

export function viewOf({ family, protocol, source, destination, sourcePort, destinationPort }: Tuple): PacketView {
  return {
    family,
    protocol: PROTOCOLS.get(protocol) ?? String(protocol),
    source: formatAddress(family, source),
    sourcePort: sourcePort === null ? null : Number(sourcePort),
    destination: formatAddress(family, destination),
    destinationPort: destinationPort === null ? null : Number(destinationPort),
  };
}

function viewOfPacket(packet: Packet, { family, protocol }: Tuple): PacketView {
  const address = (side: 'source' | 'destination'): string | null => {
    const value = packet.get(addressField(family, side));
    return typeof value === 'bigint' ? formatAddress(family, value) : null;
  };
  const port = (side: 'source' | 'destination'): number | null => {
    const value = packet.get(portField(side));
    return typeof value === 'bigint' ? Number(value) : null;
  };
  return {
    ...{ family, protocol: PROTOCOLS.get(protocol) ?? String(protocol) },
    ...{ source: address('source'), sourcePort: port('source') },
    ...{ destination: address('destination'), destinationPort: port('destination') },
  };
}

export interface Judged {
  readonly stack: NetworkStack;
  readonly device: string | null;
  readonly tuple: Tuple;
  readonly judgement: Judgement;
  readonly decision: Decision | undefined;
}

export function hopsOf({ stack, device, tuple, judgement, decision }: Judged): readonly Hop[] {
  const before = viewOf(tuple);
  const after = viewOfPacket(judgement.packet, tuple);
  const { node, id } = stack;
  const out = judgement.device;
  const hop = (
    action: Hop['action'],
    on: string | null,
    packet: PacketView,
    rule: Decider | null,
    note: string | null = null,
  ): Hop => ({
    ...{ node, stack: id, interface: on, action, rule, packet, bridge: null, note },
  });
  const ruleset = rulesetOf(stack);
  const isNew = judgement.steps.some((step) => isTranslation(ruleset, step));
  const by = (step: Step | undefined): Decider | null => (step === undefined ? null : { type: 'rule', ...step.by });
  const translatedTo = { ...before, destination: after.destination, destinationPort: after.destinationPort };
  const destination = changed(before, after, 'destination')
    ? [hop('translates', device, translatedTo, by(translation(ruleset, judgement.steps, TO)), isNew ? null : BACK)]
    : [];
  const ended = judgement.verdict === 'dropped' || judgement.verdict === 'rejected';
  const accepted = ended ? [] : judgement.steps.filter((step) => isAccepted(ruleset, step));
  const source = changed(before, after, 'source')
    ? [hop('translates', out, after, by(translation(ruleset, judgement.steps, FROM)), isNew ? null : BACK)]
    : [];
  const middle = { ...translatedTo };
  const route = routeOf(decision);
  const last = ((): Hop => {
    switch (judgement.verdict) {
      case 'dropped':
      case 'rejected':
        return hop(
          judgement.verdict === 'dropped' ? 'drops' : 'rejects',
          device,
          middle,
          judgement.by === null ? null : { type: 'rule', ...judgement.by },
        );
      case 'no-route':
        return hop('stops', device, middle, route, decision !== undefined && 'why' in decision ? decision.why : null);
      case 'unknown':
        return hop('unknown', device, middle, null, judgement.notes[0] ?? null);
      case 'local':
        return hop('delivers', device, after, route);
      case 'forwarded':
        return device === null ? hop('sends', out, middle, route) : hop('forwards', out, middle, route);
    }
  })();
  const passes = accepted.map((step) => hop('accepts', device, middle, by(step)));
  return [...destination, ...passes, last, ...source];
}

const BACK = 'translated back, as its flow was';
const [TO, FROM] = [new Set(['prerouting', 'output']), new Set(['postrouting', 'input'])];

function changed(before: PacketView, after: PacketView, side: 'source' | 'destination'): boolean {
  return before[side] !== after[side] || before[`${side}Port`] !== after[`${side}Port`];
}

function chainType(ruleset: Ruleset, { family, table, chain }: Step): string | undefined {
  return ruleset.tables.find((each) => each.family === family && each.name === table)?.chains.get(chain)?.base?.type;
}

function isTranslation(ruleset: Ruleset, step: Step): boolean {
  return chainType(ruleset, step) === 'nat' && !isPolicy(step);
}

function isPolicy({ by }: Step): boolean {
  return by.handle === null && by.text.startsWith('policy ');
}

function translation(ruleset: Ruleset, steps: readonly Step[], hooks: ReadonlySet<string>): Step | undefined {
  return steps.findLast((step) => hooks.has(step.hook) && isTranslation(ruleset, step));
}

/** By a rule, not for want of one. */
function isAccepted(ruleset: Ruleset, step: Step): boolean {
  const filters = step.hook === 'forward' || step.hook === 'input' || step.hook === 'output';
  return filters && !isPolicy(step) && chainType(ruleset, step) === 'filter';
}

function routeOf(decision: Decision | undefined): Decider | null {
  switch (decision?.type) {
    case 'out': {
      const { route, way } = decision;
      const via = way.via === null ? '' : ` via ${formatAddress(route.family, way.via)}`;
      const table = route.table === 'main' ? '' : ` in table ${route.table}`;
      return { type: 'route', text: `${route.to}${via} on ${way.device}${table}`, route };
    }
    case 'local':
      return { type: 'route', text: `${decision.route.to} is its own`, route: decision.route };
    case 'none':
      return { type: 'route', text: decision.why, route: decision.route };
    case 'refused':
      return { type: 'setting', text: decision.why };
    case 'unknown':
    case undefined:
      return null;
  }
}

/** One a bridge. */
export function switchHops(world: World, path: readonly Crossing[], tuple: Tuple): readonly Hop[] {
  return path.map(({ stack, bridge, from, vid }): Hop => {
    const note = `bridge ${bridge}${vid === null ? '' : `, VLAN ${String(vid)}`}`;
    const node = world.stacks.get(stack)?.node ?? stack;
    return {
      node,
      stack,
      interface: from ?? bridge,
      action: 'switches',
      rule: null,
      packet: viewOf(tuple),
      bridge,
      note,
    };
  });
}
