/** In: a model. Out: what its hosts have and hold, and whom a lost host would leave without a place. */
import type { Gateway, Guest, Model, Protection, Size } from '../../flow/model.ts';
import type { Amount } from './amount.ts';
import { NOTHING, plus } from './amount.ts';

/** A guest, or a gateway: of a cluster one member goes on while a host of it is up. */
export interface Mover {
  readonly kind: 'guest' | 'gateway';
  readonly name: string;
  readonly needs: Amount;
  readonly protection: Exclude<Protection, 'none'>;
  /** Where it is now; it is without a place when all of these are lost. */
  readonly on: readonly string[];
  /** Hosts where it may be, in order of name: they carry its networks. Those with one list share the array. */
  readonly mayRunOn: readonly string[];
}

export interface Pool {
  readonly topology: string;
  /** In order of name. */
  readonly hosts: ReadonlyMap<string, PoolHost>;
  readonly movers: readonly Mover[];
}

export interface PoolHost {
  readonly name: string;
  readonly capacity: Amount;
  readonly used: Amount;
}

export function poolOf(model: Model): Pool {
  const used = new Map<string, Amount>();
  const add = (host: string, needs: Size | null): void => {
    used.set(host, plus(used.get(host) ?? NOTHING, amountOf(needs)));
  };
  for (const { host, needs } of model.guests.values()) add(host, needs);
  // Each member of a cluster needs it.
  for (const { members, needs } of model.gateways.values()) for (const { host } of members) add(host, needs);
  return {
    topology: model.topology,
    hosts: new Map(
      [...model.hosts.values()].map(({ name, capacity }) => [
        name,
        { name, capacity: roomOf(capacity), used: used.get(name) ?? NOTHING },
      ]),
    ),
    movers: [
      ...[...model.guests.values()].flatMap((guest) => guestMover(guest)),
      ...[...model.gateways.values()].flatMap((gateway) => gatewayMover(gateway)),
    ],
  };
}

function guestMover({ name, host, needs, protection, mayRunOn }: Guest): readonly Mover[] {
  if (protection === 'none') return [];
  return [{ kind: 'guest', name, needs: amountOf(needs), protection, on: [host], mayRunOn }];
}

function gatewayMover({ name, members, needs, protection, mayRunOn }: Gateway): readonly Mover[] {
  if (protection === 'none') return [];
  const on = members.map(({ host }) => host);
  return [{ kind: 'gateway', name, needs: amountOf(needs), protection, on, mayRunOn }];
}

/** Nothing where nothing is said. */
export function amountOf(size: Size | null): Amount {
  return { cpus: size?.cpus ?? 0, memory: size?.memory ?? 0 };
}

/** Without end where nothing is said. */
export function roomOf(size: Size | null): Amount {
  return { cpus: size?.cpus ?? Infinity, memory: size?.memory ?? Infinity };
}
