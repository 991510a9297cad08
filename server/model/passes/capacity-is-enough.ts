/**
 * In: what hosts have, and what guests and gateways need. Out: nothing; warns where more is put on a host than it has, and where
 * a protected guest would find no room anywhere else if its host were lost. Only what is written counts.
 */
import type { GuestEntry, HostEntry, SizeEntry, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { compareText, listNames, related } from '../report.ts';

interface Amount {
  readonly cpus: number;
  readonly memory: number;
}

const NOTHING: Amount = { cpus: 0, memory: 0 };

export function checkCapacity(topology: Topology, notes: Notes): void {
  const used = usedByHost(topology);
  for (const host of topology.hosts.values()) {
    if (host.capacity !== null) warnOfTooMuch(host, host.capacity, used.get(host.name) ?? NOTHING, notes);
    warnOfNoRoom(topology, host, used, notes);
  }
}

function usedByHost(topology: Topology): ReadonlyMap<string, Amount> {
  const used = new Map<string, Amount>();
  const add = (host: string, needs: SizeEntry | null): void => {
    used.set(host, plus(used.get(host) ?? NOTHING, amountOf(needs)));
  };
  for (const { on, needs } of topology.guests.values()) add(on.value, needs);
  // Each member of a cluster needs it.
  for (const { on, needs } of topology.gateways.values())
    for (const host of new Set(on.map((each) => each.value))) add(host, needs);
  return used;
}

function amountOf(size: SizeEntry | null): Amount {
  return { cpus: size?.cpus?.value ?? 0, memory: size?.memory?.value ?? 0 };
}

function plus(left: Amount, right: Amount): Amount {
  return { cpus: left.cpus + right.cpus, memory: left.memory + right.memory };
}

function warnOfTooMuch(host: HostEntry, capacity: SizeEntry, used: Amount, notes: Notes): void {
  const { cpus, memory } = capacity;
  const over = [
    ...(cpus !== null && used.cpus > cpus.value ? [`${String(used.cpus)} cpus of ${String(cpus.value)}`] : []),
    ...(memory !== null && used.memory > memory.value
      ? [`${memoryText(used.memory)} of memory of ${memoryText(memory.value)}`]
      : []),
  ];
  if (over.length === 0) return;
  notes.report('capacity', capacity.place, `What is on host ${host.name} needs ${listNames(over)}.`, {
    hint: 'move some of it to another host, or correct `capacity` or `needs`',
  });
}

/** First fit, in order of name: enough to know that there is room, or to have a reason for doubt. */
function warnOfNoRoom(topology: Topology, lost: HostEntry, used: ReadonlyMap<string, Amount>, notes: Notes): void {
  const others = [...topology.hosts.values()].filter((host) => host.name !== lost.name);
  // Of a host that does not say what it has, nobody knows that it has no room.
  if (others.some((host) => host.capacity === null)) return;
  const taken = new Map(used);
  const homeless = protectedOn(topology, lost).filter((guest) => {
    const home = others.find((host) => fits(host, plus(taken.get(host.name) ?? NOTHING, amountOf(guest.needs))));
    if (home !== undefined) taken.set(home.name, plus(taken.get(home.name) ?? NOTHING, amountOf(guest.needs)));
    return home === undefined;
  });
  for (const guest of homeless) {
    const needs = needsText(amountOf(guest.needs));
    const why =
      others.length === 0
        ? 'there is no other host'
        : `no other host has room for ${needs === '' ? 'it' : needs} beside what is there`;
    notes.report(
      'no-room',
      guest.protection?.place ?? guest.place,
      `Guest ${guest.name} is protected, and if host ${lost.name} were lost, ${why}.`,
      {
        hint: 'give another host more, put less there, or choose `protection: restart`',
        related: [related(lost.place, `host ${lost.name} is here`)],
      },
    );
  }
}

function protectedOn(topology: Topology, host: HostEntry): readonly GuestEntry[] {
  return [...topology.guests.values()]
    .filter(({ on, protection }) => on.value === host.name && protection?.value === 'protected')
    .sort((a, b) => compareText(a.name, b.name));
}

function fits({ capacity }: HostEntry, amount: Amount): boolean {
  const cpus = capacity?.cpus?.value ?? Infinity;
  const memory = capacity?.memory?.value ?? Infinity;
  return amount.cpus <= cpus && amount.memory <= memory;
}

function needsText({ cpus, memory }: Amount): string {
  const parts = [
    ...(cpus > 0 ? [`${String(cpus)} cpus`] : []),
    ...(memory > 0 ? [`${memoryText(memory)} of memory`] : []),
  ];
  return parts.length === 0 ? '' : listNames(parts);
}

/** As it is written: `16G`, `512M`. */
function memoryText(bytes: number): string {
  const [unit, letter] = bytes % 2 ** 30 === 0 ? [2 ** 30, 'G'] : [2 ** 20, 'M'];
  return `${String(Math.round((bytes / unit) * 10) / 10)}${letter}`;
}
