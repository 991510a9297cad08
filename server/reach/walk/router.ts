/** One network stack as its rules see it: routes, addresses, and what the kernel refuses before it routes. */
import { addressPart, bitsOf, formatAddress, familyOf as familyOfText, mustParsePrefix } from '../../core/address.ts';
import type { Family } from '../../core/address.ts';
import type { NetworkStack, StackRoute } from '../../flow/world.ts';
import { addressField, familyOf } from '../judge/packet.ts';
import type { Packet } from '../judge/packet.ts';
import type { Stack, Way } from '../judge/stack.ts';
import type { NextHop } from './routing.ts';
import { routeTo } from './routing.ts';
import { forwards, greater } from './settings.ts';
import { isLoopback, sourceIsRefused } from './sources.ts';

/** What was decided about a packet when its way was chosen. */
export type Decision =
  | { readonly type: 'out'; readonly way: NextHop; readonly route: StackRoute }
  | { readonly type: 'local'; readonly route: StackRoute }
  | { readonly type: 'refused'; readonly why: string; readonly silent: boolean }
  | { readonly type: 'none'; readonly why: string; readonly silent: boolean; readonly route: StackRoute | null }
  | { readonly type: 'unknown'; readonly why: string };

export interface Router extends Stack {
  /** All decisions, in the order in which they were made; the last one counts where the packet took one way only. */
  readonly decisions: readonly Decision[];
  /** Routes by several ways: how many of the widest. */
  readonly branches: number;
}

/**
 * @param arrival the interface that the packet comes in by; `null` for what the stack sends itself.
 * @param branch which of several equal ways is taken.
 */
export function routerOf(stack: NetworkStack, arrival: string | null, branch: number): Router {
  const decisions: Decision[] = [];
  let branches = 1;
  const decide = (packet: Packet): Decision => {
    const family = familyOf(packet);
    const value = (field: Parameters<Packet['get']>[0]): bigint | null => {
      const found = packet.get(field);
      return typeof found === 'bigint' ? found : null;
    };
    const [to, from] = [value(addressField(family, 'destination')), value(addressField(family, 'source'))];
    if (to === null) return { type: 'unknown', why: 'where it is sent to is not known' };
    const answer = routeTo(stack, { family, to, from, mark: value('mark') });
    if (arrival !== null) {
      const refused = refusedAt(stack, arrival, family, to, from);
      if (refused !== null) return refused;
    }
    switch (answer.type) {
      case 'unknown':
        return answer;
      case 'none':
        return answer;
      case 'local':
        return { type: 'local', route: answer.route };
      case 'out': {
        branches = Math.max(branches, answer.ways.length);
        const way = answer.ways[branch % answer.ways.length];
        if (way === undefined) return { type: 'unknown', why: `the route to ${answer.route.to} leads nowhere` };
        const on = arrival === null ? null : forwards(stack, family, arrival);
        if (on?.yes === false)
          return { type: 'refused', why: `${stack.node} does not forward: ${on.by} is off`, silent: true };
        return { type: 'out', way, route: answer.route };
      }
    }
  };
  return {
    decisions,
    get branches() {
      return branches;
    },
    route(packet): Way {
      const decision = decide(packet);
      decisions.push(decision);
      switch (decision.type) {
        case 'out':
          return { type: 'out', device: decision.way.device };
        case 'local':
          return { type: 'local' };
        case 'unknown':
          return { type: 'unknown', why: decision.why };
        case 'refused':
        case 'none':
          return { type: 'none', why: decision.why };
      }
    },
    address: (device, packet) => addressOn(stack, device, packet),
    fib: (field, packet) => fibOf(stack, arrival, field, packet),
  };
}

function refusedAt(
  stack: NetworkStack,
  arrival: string,
  family: Family,
  to: bigint,
  from: bigint | null,
): Decision | null {
  if (family === 6) return null;
  if (isLoopback(to) && greater(stack, arrival, 'route_localnet') === 0)
    return {
      type: 'refused',
      why: `${formatAddress(4, to)} is for the inside of a host: route_localnet is off`,
      silent: true,
    };
  if (from === null) return null;
  const why = sourceIsRefused(stack, arrival, { from, to });
  if (why === undefined)
    return { type: 'unknown', why: 'routing rules that are not understood decide which sources it takes' };
  return why === null ? null : { type: 'refused', why, silent: true };
}

/** Of the interface: one in the subnet of the next hop before others (inet_select_addr), never one of the other family. */
function addressOn(stack: NetworkStack, device: string, packet: Packet): bigint | null | undefined {
  const family = familyOf(packet);
  const to = packet.get(addressField(family, 'destination'));
  return sourceOn(stack, device, family, typeof to === 'bigint' ? to : null)?.value ?? null;
}

/** The source that what is sent from here gets: that of the route, or one of the interface. */
export function chooseSource(
  stack: NetworkStack,
  { way, route }: Extract<Decision, { type: 'out' }>,
  to: bigint,
): bigint | null {
  if (route.source !== null) return mustParsePrefix(`${route.source}/${String(bitsOf(route.family))}`).value;
  const own = sourceOn(stack, way.device, route.family, way.via ?? to);
  if (own !== undefined) return own.value;
  const others = [...stack.interfaces.values()].filter(({ form }) => form.type !== 'loopback');
  return (
    others.map(({ name }) => sourceOn(stack, name, route.family, null)?.value).find((each) => each !== undefined) ??
    null
  );
}

function sourceOn(
  stack: NetworkStack,
  device: string,
  family: Family,
  toward: bigint | null,
): { readonly value: bigint } | undefined {
  const all = (stack.interfaces.get(device)?.addresses ?? [])
    .filter((text) => familyOfText(text) === family && !/^(fe80:|127\.|::1\/)/.test(addressPart(text)))
    .map((text) => mustParsePrefix(text));
  return all.find(({ first, last }) => toward !== null && toward >= first && toward <= last) ?? all[0];
}

const UNICAST = 1n;
const LOCAL = 2n;

/** `undefined` where it cannot be said. Numbers: include/uapi/linux/rtnetlink.h. */
function fibOf(stack: NetworkStack, arrival: string | null, field: string, packet: Packet): bigint | undefined {
  const family = familyOf(packet);
  const side = field.startsWith('fib saddr') ? 'source' : 'destination';
  const address = packet.get(addressField(family, side));
  if (typeof address !== 'bigint') return undefined;
  const answer = routeTo(stack, { family, to: address, from: null, mark: 0n });
  if (answer.type === 'unknown') return undefined;
  const byArrival = field.includes('. iif');
  if (field.endsWith(' oif')) {
    if (answer.type !== 'out') return answer.type === 'local' ? undefined : 0n;
    if (!byArrival) return 1n;
    if (arrival === null) return undefined;
    const all = answer.ways.every(({ device }) => device === arrival);
    const none = answer.ways.every(({ device }) => device !== arrival);
    return all ? 1n : none ? 0n : undefined;
  }
  if (byArrival && answer.type === 'local') {
    const here = stack.interfaces.get(arrival ?? '')?.addresses.some((text) => mustParsePrefix(text).value === address);
    return here === true ? LOCAL : undefined;
  }
  return answer.type === 'local' ? LOCAL : answer.type === 'out' && !byArrival ? UNICAST : undefined;
}
