/**
 * In: how the networks travel. Out: for each untagged one the VLAN id that it has inside VLAN-aware bridges, where every frame
 * has one. It never leaves the bridge, and no declared network has it, or frames of the two would meet.
 */
import { digest } from '../../core/hash.ts';
import type { Transport } from '../../flow/model.ts';

/** Not 1, which a bridge gives to ports by itself unless told otherwise. */
const FIRST = 2;
const COUNT = 4093;
const TRIES = 64;

/** Every network has its own sequence of candidates, so that it keeps its id whatever else comes and goes. */
export function chooseInternalVids(
  topology: string,
  transports: ReadonlyMap<string, Transport>,
): ReadonlyMap<string, number> {
  const taken = new Set<number>();
  for (const transport of transports.values()) if (transport.type === 'vlan') taken.add(transport.id);
  const vids = new Map<string, number>();
  let free = COUNT - [...taken].filter((vid) => vid >= FIRST).length;
  const untagged = [...transports].filter(([, transport]) => transport.type === 'untagged').map(([name]) => name);
  for (const name of untagged.sort()) {
    const vid = free === 0 ? undefined : firstFree(topology, name, taken);
    if (vid === undefined) break;
    taken.add(vid);
    free -= 1;
    vids.set(name, vid);
  }
  return vids;
}

function firstFree(topology: string, network: string, taken: ReadonlySet<number>): number | undefined {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const vid = FIRST + (digest('internal-vid', topology, network, String(attempt)).readUInt32BE() % COUNT);
    if (!taken.has(vid)) return vid;
  }
  for (let vid = FIRST; vid < FIRST + COUNT; vid += 1) if (!taken.has(vid)) return vid;
  return undefined;
}
