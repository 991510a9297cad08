/** What the kernel under a lab shares between all network namespaces: queues between interfaces, tables of neighbours. */
import { readFile } from 'node:fs/promises';
import type { Agents } from './agents.ts';
import type { Model } from '../flow/model.ts';
import { INTERNET } from './lab.ts';
import type { Lab } from './lab.ts';
import { tryTool } from './tool.ts';
import type { Room } from './waves.ts';

/** Where nobody has set another one (net/ipv4/arp.c, net/ipv6/ndisc.c). */
const USUAL_MOST = 1024;
/** The rest is for what the machine itself and other labs know. */
const OURS = 5 / 8;

export async function neighbourRoom(lab: Lab): Promise<Room> {
  const most = async (family: 'ipv4' | 'ipv6'): Promise<number> => {
    const text = await readThere(lab, `/proc/sys/net/${family}/neigh/default/gc_thresh3`);
    return Math.floor((/^\d+$/.test(text.trim()) ? Number(text) : USUAL_MOST) * OURS);
  };
  return { 4: await most('ipv4'), 6: await most('ipv6') };
}

/** Has every node of the lab forget its neighbours, so that there is room for others. */
export async function forgetNeighbours(model: Model, agents: Agents): Promise<void> {
  const members = [...model.gateways.values()].flatMap((gateway) => gateway.members.map(({ name }) => name));
  const nodes = [INTERNET, ...model.hosts.keys(), ...model.guests.keys(), ...members];
  const places = new Map(
    nodes.map((node) => agents.placeOf(node)).map((place) => [`${place.agent} ${place.scope}`, place]),
  );
  await Promise.all(
    [...places.values()].map(async ({ agent, scope }) => {
      // A gateway that somebody removed knows nobody.
      await (await agents.of(agent)).ask('forget', scope);
    }),
  );
}

/**
 * How many packets the kernel has thrown away by now, since it was started, because a queue between two interfaces or a table
 * of neighbours was full. The latter it tells in the machine's own network namespace only.
 */
export async function countLostPackets(lab: Lab): Promise<number> {
  const [queues, four, six] = await Promise.all([
    readThere(lab, '/proc/net/softnet_stat'),
    readThere(lab, '/proc/net/stat/arp_cache'),
    readThere(lab, '/proc/net/stat/ndisc_cache'),
  ]);
  const dropped = rowsOf(queues).map((row) => row[1]);
  const full = [four, six].flatMap((text) => {
    const [names = [], ...rows] = rowsOf(text);
    const column = names.indexOf('table_fulls');
    return column < 0 ? [] : rows.map((row) => row[column]);
  });
  return [...dropped, ...full].reduce((sum, each) => sum + parseInt(each ?? '0', 16), 0);
}

/** A line for each processor, numbers in hexadecimal. */
function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row.length > 1);
}

/** A file of the kernel under the lab; empty where it has none of that name. */
async function readThere({ nodes }: Lab, path: string): Promise<string> {
  const within = nodes.values().next().value?.within ?? [];
  if (within.length === 0) return readFile(path, 'utf8').catch(() => '');
  return (await tryTool([...within, 'cat', path])).stdout;
}
