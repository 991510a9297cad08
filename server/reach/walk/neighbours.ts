/** Who answers for an address on a wire: by its own addresses, or for somebody it forwards to (arp.c, ndisc.c). */
import { mustParsePrefix } from '../../core/address.ts';
import type { Family } from '../../core/address.ts';
import type { NetworkStack, World } from '../../flow/world.ts';
import type { Packet } from '../judge/packet.ts';
import { ARP, frameFate } from './frames.ts';
import { routeTo } from './routing.ts';
import type { Endpoint } from './segment.ts';
import { segmentOf } from './segment.ts';
import { greater, hasIpv6, setting } from './settings.ts';
import { sourceIsRefused } from './sources.ts';

export interface Asking {
  readonly stack: NetworkStack;
  readonly device: string;
  readonly family: Family;
  /** The next hop. */
  readonly address: bigint;
  /** With what the question is asked; `null`: nothing is known of it. */
  readonly from: bigint | null;
}

export interface Answers {
  /** Each with a MAC of its own: which of several is heard is chance. */
  readonly by: readonly Endpoint[];
  /** Somebody else may answer who is not known. */
  readonly beyond: readonly string[];
  /** Rules of bridges that keep the question from one who would answer. */
  readonly kept: readonly string[];
}

const known = new WeakMap<World, Map<string, Answers>>();

/** Cached for as long as the World is. */
export function neighboursAt(world: World, asking: Asking): Answers {
  const { stack, device, family, address, from } = asking;
  const key = `${stack.id} ${device} ${String(family)} ${String(address)} ${String(from)}`;
  const all = known.get(world) ?? new Map<string, Answers>();
  known.set(world, all);
  const found = all.get(key) ?? askAll(world, asking);
  all.set(key, found);
  return found;
}

function askAll(world: World, asking: Asking): Answers {
  const { endpoints, beyond } = segmentOf(world, asking.stack.id, asking.device);
  const kept: string[] = [];
  const by = endpoints.filter((endpoint) => {
    const stack = world.stacks.get(endpoint.stack);
    if (stack === undefined || !answers(stack, endpoint.device, asking)) return false;
    if (asking.family === 6) return true;
    const fate = frameFate(world, endpoint.path, {
      ...{ packet: QUESTION, fromMac: asking.stack.interfaces.get(asking.device)?.mac ?? null },
      ...{ toMac: BROADCAST, connectionOn: () => ({ state: 'untracked' }) },
    });
    if (fate.type === 'dropped') kept.push(`${fate.why} before ${stack.node} hears who is asked for`);
    return fate.type !== 'dropped';
  });
  return { by, beyond, kept };
}

const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const QUESTION: Packet = new Map([
  ['l3proto', ARP],
  ['l4proto', null],
]);

interface Owned {
  readonly device: string;
  readonly first: bigint;
  readonly last: bigint;
}

const owned = new WeakMap<NetworkStack, ReadonlyMap<string, readonly Owned[]>>();

/** By family and address. */
function ownersOf(stack: NetworkStack): ReadonlyMap<string, readonly Owned[]> {
  const known = owned.get(stack);
  if (known !== undefined) return known;
  const all = [...stack.interfaces.values()].flatMap(({ name, addresses }) =>
    addresses.map((text) => {
      const { family, value, first, last } = mustParsePrefix(text);
      return { key: `${String(family)} ${String(value)}`, own: { device: name, first, last } };
    }),
  );
  const map = new Map([...Map.groupBy(all, ({ key }) => key)].map(([key, list]) => [key, list.map(({ own }) => own)]));
  owned.set(stack, map);
  return map;
}

function answers(stack: NetworkStack, device: string, { family, address, from }: Asking): boolean {
  const own = ownersOf(stack).get(`${String(family)} ${String(address)}`);
  if (own === undefined && !hasProxies(stack)) return false;
  const here = own?.filter((each) => each.device === device) ?? [];
  if (family === 6) {
    if (!hasIpv6(stack, device)) return false;
    const proxy = setting(stack, `net/ipv6/conf/${device}/proxy_ndp`);
    return here.length > 0 || isProxy(stack, device, family, address, proxy);
  }
  if (from !== null && typeof sourceIsRefused(stack, device, { from, to: address }) === 'string') return false;
  if (own === undefined) return isProxy(stack, device, family, address, greater(stack, device, 'proxy_arp'));
  switch (greater(stack, device, 'arp_ignore')) {
    case 0:
      return true;
    case 1:
      return here.length > 0;
    case 2:
      return here.some(({ first, last }) => from === null || (from >= first && from <= last));
    case 3:
      return own.some((each) => each.device !== 'lo');
    default:
      return false;
  }
}

const proxies = new WeakMap<NetworkStack['settings'], boolean>();

/** Most have none: a wire may have thousands of stacks. */
function hasProxies({ settings }: NetworkStack): boolean {
  const known = proxies.get(settings);
  if (known !== undefined) return known;
  const found = [...settings].some(([path, value]) => value !== '0' && /\/proxy_(arp|ndp)$/.test(path));
  proxies.set(settings, found);
  return found;
}

/** It answers for what it would forward to another interface. */
function isProxy(stack: NetworkStack, device: string, family: Family, address: bigint, on: number): boolean {
  if (on === 0) return false;
  const answer = routeTo(stack, { family, to: address, from: null, mark: 0n });
  return answer.type === 'out' && answer.ways.every((way) => way.device !== device);
}
