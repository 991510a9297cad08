/** NICs that guests of a lab still have on a host where they no longer are. */
import type { Guest, GuestNic, Model } from '../flow/model.ts';
import { nicName } from '../core/nic-name.ts';
import { runIp } from './enter.ts';
import { nodeOf } from './lab.ts';
import type { Lab } from './lab.ts';
import { linkNames } from './wires.ts';

/**
 * Takes from each guest the NICs whose port is not on its host: a machine that is started on another host has none of those that
 * it had on the first. Their ports go with them, being the other ends of the pairs.
 */
export async function dropMisplaced(model: Model, lab: Lab): Promise<void> {
  const hosts = [...model.hosts.keys()];
  const ports = await linkNames(hosts.map((name) => nodeOf(lab, name)));
  const portsOf = new Map(hosts.map((name, index) => [name, ports[index]]));
  const concerned = [...model.guests.values()].filter(
    ({ name, host, nics }) => lab.nodes.has(name) && nics.some(({ port }) => portsOf.get(host)?.has(port) !== true),
  );
  await dropNics(lab, concerned, ({ host }, { port }) => portsOf.get(host)?.has(port) !== true);
}

/** Takes the NICs from guests of which `isGone` says so. */
export async function dropNics(
  lab: Lab,
  guests: readonly Guest[],
  isGone: (guest: Guest, nic: GuestNic) => boolean,
): Promise<void> {
  if (guests.length === 0) return;
  const nodes = guests.map(({ name }) => nodeOf(lab, name));
  const there = await linkNames(nodes);
  await runIp(
    ...guests.flatMap((guest, index) => {
      const node = nodes[index];
      const lines = guest.nics
        .filter((nic) => there[index]?.has(nicName(nic.network)) === true && isGone(guest, nic))
        .map(({ network }) => ['link', 'del', 'dev', nicName(network)]);
      return node === undefined || lines.length === 0 ? [] : [{ node, purpose: `take NICs from ${guest.name}`, lines }];
    }),
  );
}
