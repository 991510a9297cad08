/**
 * Which host a guest would rather be on, where several have room: by a rank hashed from both names (weighted rendezvous
 * hashing), so that another guest or another host moves nobody else, and a host with twice the room gets twice the guests.
 */
import { digest } from '../../core/hash.ts';
import type { Amount } from './amount.ts';

/** @param capacity of each host; those that say nothing count as the middle of those that do. */
export function ranked(
  topology: string,
  name: string,
  hosts: readonly string[],
  capacity: ReadonlyMap<string, Amount>,
): readonly string[] {
  const scores = new Map(hosts.map((host) => [host, score(topology, name, host, weightOf(capacity.get(host)))]));
  return hosts.toSorted((a, b) => (scores.get(b) ?? 0) - (scores.get(a) ?? 0) || (a < b ? -1 : 1));
}

/** Competing for the same room, the larger come first; among equals a hash decides, not the order of the file. */
export function inTurn<T extends { readonly name: string; readonly needs: Amount }>(
  topology: string,
  list: readonly T[],
): readonly T[] {
  const turn = new Map(list.map(({ name }) => [name, digest('turn', topology, name).readUInt32BE(0)]));
  const size = ({ needs: { cpus, memory } }: T): number => cpus + memory / 2 ** 30;
  return list.toSorted((a, b) => size(b) - size(a) || (turn.get(a.name) ?? 0) - (turn.get(b.name) ?? 0));
}

function score(topology: string, name: string, host: string, weight: number): number {
  const drawn = digest('host', topology, name, host).readUInt32BE(0);
  return weight / -Math.log((drawn + 0.5) / 2 ** 32);
}

const GIBIBYTE = 2 ** 30;
const NOT_SAID = 16;

function weightOf(capacity: Amount | undefined): number {
  if (capacity === undefined) return NOT_SAID;
  const { cpus, memory } = capacity;
  if (memory !== Infinity) return memory / GIBIBYTE;
  return cpus === Infinity ? NOT_SAID : cpus;
}
