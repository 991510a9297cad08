/**
 * In: what hosts have, and what guests and gateways need. Out: nothing; warns where more is put on a host than it has, and where
 * a protected guest or gateway would find no room anywhere else if its host were lost. Only what is written counts.
 */
import type { Model } from '../../flow/model.ts';
import type { Topology } from '../../flow/topology.ts';
import { amountText, memoryText, missingText } from '../placement/amount.ts';
import type { Mover, Pool, PoolHost } from '../placement/pool.ts';
import { poolOf } from '../placement/pool.ts';
import { refugeFor } from '../placement/without.ts';
import type { Notes } from '../report.ts';
import { listNames, related } from '../report.ts';

export function checkCapacity(model: Model, topology: Topology, notes: Notes): void {
  const pool = poolOf(model);
  const concerned = new Set(pool.movers.filter(({ protection }) => protection === 'protected').flatMap(({ on }) => on));
  for (const host of pool.hosts.values()) {
    warnOfTooMuch(host, topology, notes);
    if (concerned.has(host.name)) warnOfNoRoom(pool, host.name, topology, notes);
  }
}

function warnOfTooMuch({ name, capacity, used }: PoolHost, { hosts }: Topology, notes: Notes): void {
  const place = hosts.get(name)?.capacity?.place;
  const missing = missingText(used, capacity);
  if (place === undefined || missing === '') return;
  const over = [
    ...(used.cpus > capacity.cpus ? [`${String(used.cpus)} cpus of ${String(capacity.cpus)}`] : []),
    ...(used.memory > capacity.memory
      ? [`${memoryText(used.memory)} of memory of ${memoryText(capacity.memory)}`]
      : []),
  ];
  notes.report('capacity', place, `What is on host ${name} needs ${listNames(over)}: ${missing} too much.`, {
    hint: 'move some of it to another host, or correct `capacity` or `needs`',
  });
}

function warnOfNoRoom(pool: Pool, lost: string, topology: Topology, notes: Notes): void {
  const { outcome, homeless } = refugeFor(pool, new Set([lost]));
  for (const mover of homeless) {
    if (mover.protection !== 'protected') continue;
    const entry = (mover.kind === 'guest' ? topology.guests : topology.gateways).get(mover.name);
    const place = entry?.protection?.place ?? entry?.place;
    const host = topology.hosts.get(lost);
    if (place === undefined || host === undefined) continue;
    notes.report(
      'no-room',
      place,
      `${wordsOf(mover)} is protected, and if host ${lost} were lost, ${why(mover, pool, lost, outcome)}.`,
      {
        hint: 'give another host more, put less there, or choose `protection: restart`',
        related: [related(host.place, `host ${lost} is here`)],
      },
    );
  }
}

function wordsOf({ kind, name }: Mover): string {
  return `${kind === 'guest' ? 'Guest' : 'Gateway'} ${name}`;
}

function why(
  { needs, mayRunOn, on }: Mover,
  { hosts }: Pool,
  lost: string,
  outcome: 'all' | 'not-all' | 'unknown',
): string {
  if (hosts.size < 2) return 'there is no other host';
  const others = mayRunOn.filter((host) => host !== lost && !on.includes(host));
  if (others.length === 0) return 'no other host that it may be on carries its networks';
  const what = amountText(needs);
  const room = `room for ${what === '' ? 'it' : what} beside what is there`;
  return outcome === 'unknown' ? `no ${room} was found on another host` : `no other host has ${room}`;
}
