/**
 * In: the resolved topology; who is where already; who is to be moved. Out: the same with one host for every guest. A guest
 * whose host is left open stays where it is as long as it fits there; else it gets the host that it would rather be on of
 * those with room. Where that leaves somebody out, all ways are tried. Says whom no host has room for.
 */
import type { GatewayEntry, GuestEntry, SizeEntry, Topology } from '../../flow/topology.ts';
import type { Amount } from '../placement/amount.ts';
import { amountText, fits, minus, missingText, NOTHING, plus, UNKNOWN } from '../placement/amount.ts';
import type { Homes } from '../placement/homes.ts';
import { pack } from '../placement/packing.ts';
import { inTurn, ranked } from '../placement/rank.ts';
import type { Notes } from '../report.ts';
import { listNames } from '../report.ts';

export interface Whereabouts {
  /** Guest → the host where it is: it stays there if the file lets it and there is room. */
  readonly seen?: ReadonlyMap<string, string> | undefined;
  /** Guest or gateway → the host where it is started again, whatever the file says. */
  readonly moved?: ReadonlyMap<string, string> | undefined;
}

/** A guest whose host is left open. */
interface Seeker {
  readonly name: string;
  readonly entry: GuestEntry;
  readonly needs: Amount;
  readonly hosts: readonly string[];
}

export function settleHosts(
  written: Topology,
  homes: Homes,
  { seen = new Map(), moved = new Map() }: Whereabouts,
  notes: Notes,
): Topology {
  const topology = moved.size === 0 ? written : movedTo(written, moved);
  const open = [...topology.guests.values()].filter(({ free }) => free !== null);
  if (open.length === 0) return topology;
  const seekers = open.map((entry): Seeker => ({
    ...{ name: entry.name, entry, needs: sizeAmount(entry.needs), hosts: hostsFor(entry, homes) },
  }));
  const capacity = new Map([...topology.hosts.values()].map((host) => [host.name, roomAmount(host.capacity)]));
  const free = roomBeside(topology, capacity, moved);
  const { where, left } = settle(
    topology.name,
    seekers.filter(({ name }) => !moved.has(name)),
    { free, capacity, seen },
  );
  const guests = new Map(topology.guests);
  for (const { name, entry, ...seeker } of seekers) {
    const host = moved.get(name) ?? where.get(name);
    if (host !== undefined) {
      guests.set(name, { ...entry, on: { value: host, place: entry.on.place } });
      continue;
    }
    guests.delete(name);
    // Another host was meant, and may be the one.
    if (notes.doubtful.has(name)) continue;
    notes.doubtful.add(name);
    reportNoPlace(entry, seeker, left, notes);
  }
  return { ...topology, guests };
}

function movedTo(topology: Topology, moved: ReadonlyMap<string, string>): Topology {
  const guests = new Map(topology.guests);
  const gateways = new Map(topology.gateways);
  for (const [name, host] of moved) {
    const [guest, gateway] = [guests.get(name), gateways.get(name)];
    if (guest !== undefined) guests.set(name, { ...guest, on: { value: host, place: guest.on.place } });
    if (gateway !== undefined) gateways.set(name, memberOn(gateway, host));
  }
  return { ...topology, guests, gateways };
}

/** The only member that is left, with what was the gateway's own. */
function memberOn(gateway: GatewayEntry, host: string): GatewayEntry {
  const place = gateway.on[0]?.place ?? gateway.place;
  const nics = new Map([...gateway.nics].map(([name, nic]) => [name, { ...nic, own: [] }] as const));
  return { ...gateway, on: [{ value: host, place }], nics, failover: null };
}

/** Hosts that the file lets it be on and that carry its networks, in order of name. */
function hostsFor({ free, nics }: GuestEntry, homes: Homes): readonly string[] {
  const carrying = homes.forNew([...nics.keys()]);
  if (free === null || free.hosts.length === 0) return carrying;
  const named = new Set(free.hosts.map(({ value }) => value));
  return carrying.filter((host) => named.has(host));
}

/** What hosts have left beside those whose host is certain. */
function roomBeside(
  { guests, gateways }: Topology,
  capacity: ReadonlyMap<string, Amount>,
  moved: ReadonlyMap<string, string>,
): Map<string, Amount> {
  const used = new Map<string, Amount>();
  const add = (host: string, needs: SizeEntry | null): void => {
    used.set(host, plus(used.get(host) ?? NOTHING, sizeAmount(needs)));
  };
  for (const { name, on, free, needs } of guests.values()) if (free === null || moved.has(name)) add(on.value, needs);
  for (const { on, needs } of gateways.values())
    for (const host of new Set(on.map((each) => each.value))) add(host, needs);
  return new Map([...capacity].map(([host, amount]) => [host, minus(amount, used.get(host) ?? NOTHING)]));
}

interface Room {
  readonly free: Map<string, Amount>;
  readonly capacity: ReadonlyMap<string, Amount>;
  readonly seen: ReadonlyMap<string, string>;
}

interface Settlement {
  readonly where: ReadonlyMap<string, string>;
  /** Room that nobody took. */
  readonly left: ReadonlyMap<string, Amount>;
}

function settle(topology: string, seekers: readonly Seeker[], { free, capacity, seen }: Room): Settlement {
  const where = new Map<string, string>();
  const left = new Map(free);
  const take = ({ name, needs }: Seeker, host: string | undefined): boolean => {
    const room = host === undefined ? undefined : left.get(host);
    if (host === undefined || room === undefined || !fits(needs, room)) return false;
    where.set(name, host);
    left.set(host, minus(room, needs));
    return true;
  };
  const turn = inTurn(topology, seekers);
  const staying = turn.filter(
    (seeker) => seeker.hosts.includes(seen.get(seeker.name) ?? '') && take(seeker, seen.get(seeker.name)),
  );
  const stayed = new Set(staying.map(({ name }) => name));
  const others = turn.filter(({ name }) => !stayed.has(name));
  const afterStaying = new Map(left);
  const out = others.filter((seeker) => {
    const open = seeker.hosts.filter((host) => fits(seeker.needs, left.get(host) ?? { cpus: -1, memory: -1 }));
    return !take(seeker, ranked(topology, seeker.name, open, capacity)[0]);
  });
  if (out.length === 0) return { where, left };
  // With those that stay left alone if that is possible, else with all of them.
  for (const [list, room] of [
    [others, afterStaying],
    [turn, free],
  ] as const) {
    const packing = pack(
      list.map(({ name, needs, hosts }) => ({ name, needs, bins: hosts })),
      room,
    );
    if (packing.answer === 'fits') return { where: new Map([...where, ...packing.where]), left };
  }
  return { where, left };
}

function reportNoPlace(
  { name, on }: GuestEntry,
  { needs, hosts }: Pick<Seeker, 'needs' | 'hosts'>,
  left: ReadonlyMap<string, Amount>,
  notes: Notes,
): void {
  notes.report('no-place', on.place, `Guest ${name} ${whyNot({ needs, hosts }, left)}.`, {
    hint:
      hosts.length === 0
        ? 'name hosts that carry its networks, or let their bridges carry these'
        : 'give a host more `capacity`, name more hosts in `on`, or correct `needs`',
  });
}

function whyNot({ needs, hosts }: Pick<Seeker, 'needs' | 'hosts'>, left: ReadonlyMap<string, Amount>): string {
  if (hosts.length === 0) return 'may be on no host: none of those that `on` allows carries all its networks';
  const lacking = hosts.map(
    (host) => `${host} lacks ${missingText(needs, left.get(host) ?? UNKNOWN) || 'nothing, but another guest needs it'}`,
  );
  const what = amountText(needs);
  return `needs ${what === '' ? 'a host' : what}, and beside what is there ${listNames(lacking, 4)}`;
}

function sizeAmount(size: SizeEntry | null): Amount {
  return { cpus: size?.cpus?.value ?? 0, memory: size?.memory?.value ?? 0 };
}

function roomAmount(size: SizeEntry | null): Amount {
  return { cpus: size?.cpus?.value ?? Infinity, memory: size?.memory?.value ?? Infinity };
}
