/** Gateways, guests and networks while hosts are down. */
import { addressPart } from '../core/address.ts';
import type { Gateway, Model, Network } from '../flow/model.ts';
import type { ProbeJudgement } from '../reach/expectations.ts';
import type { Displaced } from './placement.ts';
import type { World } from '../flow/world.ts';

/** One packet: with all hosts up, and now. */
export interface Pair {
  readonly was: ProbeJudgement;
  readonly now: ProbeJudgement;
}

export interface GatewayLeft {
  readonly name: string;
  readonly state: 'kept' | 'degraded' | 'taken-over' | 'lost';
  /** The member that forwards, before and now. */
  readonly before: string | null;
  readonly now: string | null;
  readonly members: readonly { readonly name: string; readonly host: string; readonly up: boolean }[];
}

export interface GuestLeft {
  readonly name: string;
  readonly host: string;
  readonly state: 'down' | 'restarts' | 'cut-off' | 'degraded';
  readonly why: string;
}

export interface NetworkLeft {
  readonly name: string;
  readonly state: 'lost' | 'no-router' | 'degraded';
  readonly why: string;
}

type Down = ReadonlySet<string>;

/** Those that have a member on a host that is down. */
interface Circumstances {
  readonly before: World;
  readonly now: World;
  readonly down: Down;
}

/** @param without the model with those who were started elsewhere there */
export function gatewaysLeft(
  { gateways }: Model,
  without: Model,
  { before, now, down }: Circumstances,
): readonly GatewayLeft[] {
  const concerned = [...gateways.values()].filter(({ members }) => members.some(({ host }) => down.has(host)));
  return concerned.map((gateway) => {
    const then = without.gateways.get(gateway.name) ?? gateway;
    const [was, is] = [holderOf(gateway, before), holderOf(then, now)];
    const up = then.members.some(({ host }) => !down.has(host));
    return {
      ...{ name: gateway.name, before: was, now: is },
      state: !up || is === null ? 'lost' : is === was ? 'degraded' : 'taken-over',
      members: gateway.members.map(({ name, host }) => ({ name, host, up: !down.has(host) })),
    };
  });
}

/** Who has what the members share; of a gateway that shares nothing, its only member. */
function holderOf({ members, nics }: Gateway, { nodes, stacks }: World): string | null {
  const present = members.filter(({ name }) => nodes.has(name));
  const shared = nics.flatMap(({ addresses }) => addresses.map(addressPart));
  const has = (name: string): boolean => {
    const own = [...(stacks.get(nodes.get(name) ?? '')?.interfaces.values() ?? [])];
    const there = own.flatMap(({ addresses }) => addresses.map(addressPart));
    return shared.some((each) => there.includes(each));
  };
  return (members.length === 1 ? present[0] : present.find(({ name }) => has(name)))?.name ?? null;
}

/** Those on hosts that are down, and those that are up and no longer get through what they did. */
interface Lost {
  readonly down: Down;
  readonly pairs: readonly Pair[];
  readonly displaced: Displaced;
}

export function guestsLeft({ guests }: Model, { down, pairs, displaced }: Lost): readonly GuestLeft[] {
  const to = new Map(displaced.moved.map((each) => [each.name, each.to]));
  const homeless = new Map(displaced.homeless.map((each) => [each.name, each.why]));
  const flows = new Map<string, { held: number; failing: number }>();
  for (const { was, now } of pairs) {
    if (was.outcome !== 'met' || was.probe.want !== 'allow') continue;
    for (const node of [was.probe.from.node, was.probe.target?.node ?? was.probe.to.node]) {
      if (node === null || !guests.has(node)) continue;
      const count = flows.get(node) ?? { held: 0, failing: 0 };
      count.held += 1;
      if (now.outcome === 'failed') count.failing += 1;
      flows.set(node, count);
    }
  }
  return [...guests.values()].flatMap(({ name, host, protection }): readonly GuestLeft[] => {
    if (down.has(host) && !to.has(name)) {
      const noRoom = protection === 'none' ? '' : `, and ${homeless.get(name) ?? 'nobody starts it'}`;
      return [{ name, host, state: 'down', why: `its host ${host} is down${noRoom}` }];
    }
    const { held, failing } = flows.get(name) ?? { held: 0, failing: 0 };
    const restarted = to.get(name);
    if (restarted !== undefined && (held === 0 || failing < held))
      return [{ name, host, state: 'restarts', why: `its host ${host} is down; it is started on ${restarted}` }];
    if (failing === 0) return [];
    const why = `${String(failing)} of ${String(held)} ${held === 1 ? 'flow' : 'flows'} that the file names ${failing === 1 ? 'is' : 'are'} lost`;
    return [{ name, host, state: failing === held ? 'cut-off' : 'degraded', why }];
  });
}

export function networksLeft(model: Model, now: World, down: Down): readonly NetworkLeft[] {
  return [...model.networks.values()].flatMap((network) => networkLeft(model, network, now, down));
}

function networkLeft(model: Model, network: Network, now: World, down: Down): readonly NetworkLeft[] {
  const { name } = network;
  const on = [...model.hosts.values()].filter(
    ({ bridges, nics }) =>
      bridges.some(({ carries }) => carries.some((each) => each.network === name)) ||
      nics.some((nic) => nic.network === name),
  );
  const lost = on.filter((host) => down.has(host.name)).map((host) => host.name);
  if (on.length > 0 && lost.length === on.length)
    return [{ name, state: 'lost', why: `no host that carries it is up` }];
  const routers = [...model.gateways.values()].filter(({ nics }) => nics.some((nic) => nic.network === name));
  const missing = routers.filter((gateway) => holderOf(gateway, now) === null).map((gateway) => gateway.name);
  if (missing.length > 0 && missing.length === routers.length && !network.external)
    return [
      {
        name,
        state: 'no-router',
        why: `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} lost: nothing leaves it`,
      },
    ];
  if (lost.length > 0 || missing.length > 0)
    return [{ name, state: 'degraded', why: `without ${[...lost, ...missing].join(', ')}` }];
  return [];
}
