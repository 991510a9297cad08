import { addressPart, familyOf } from '../core/address.ts';
import { Failure } from '../core/failure.ts';
import { parseMark } from '../flow/mark.ts';
import type { Guest, Model } from '../flow/model.ts';
import { connectAgent } from './control.ts';
import type { AgentClient } from './control.ts';
import type { Count } from '../core/count.ts';
import { readIp, runIp } from './enter.ts';
import { dropNics } from './misplaced.ts';
import { nodeOf } from './lab.ts';
import type { Lab } from './lab.ts';
import { nicName } from '../core/nic-name.ts';
import { MAIN_TABLE, NOTHING_THERE, readNodes, RULES, shapeNodes, switchFamilies } from './shape.ts';
import type { NodeShape, NodeState, ShapedRoute, ShapedRule } from './shape.ts';
import { eachLimited, textOf } from './tool.ts';
import { labProxies, makeProxies, relay } from './proxies.ts';
import type { IpObject } from './tool.ts';

export interface AttachOptions {
  /** Nodes and NICs were made a moment ago: nothing else has been done to them, and they need not be read. */
  readonly fresh?: boolean;
  readonly count?: Count | undefined;
}

/**
 * Gives every guest the free ends that the plan made for it on its host, with addresses and routes, and lets it listen for
 * what it is declared to. What is attached already stays as it is, so that this follows every run on the lab's hosts. Gives
 * the NICs that guests lack: the plan that should have made them was not carried out.
 */
export async function attachGuests(
  model: Model,
  lab: Lab,
  { fresh = false, count }: AttachOptions = {},
): Promise<readonly string[]> {
  await moveEnds(model, lab);
  const guests = [...model.guests.values()].map((guest) => ({ guest, node: nodeOf(lab, guest.name) }));
  const proxies = labProxies(model);
  let done = 0;
  await eachLimited(guests, 16, async ({ guest, node }) => {
    const agent = await connectAgent(node);
    try {
      await switchFamilies(agent, guestShape(guest));
      await listen(agent, guest, proxies.get(guest.name)?.ports ?? []);
      count?.('guests attached', (done += 1), guests.length);
    } finally {
      agent.close();
    }
  });
  const read = fresh ? guests.map(({ guest }) => asMade(guest)) : await readNodes(guests.map(({ node }) => node));
  const shaped = guests.map(({ guest, node }, index) => {
    const found = read[index] ?? NOTHING_THERE;
    const nics = guest.nics.filter((nic) => found.links.has(nicName(nic.network)));
    return { guest, node, found, shape: guestShape({ ...guest, nics }) };
  });
  await shapeNodes(shaped);
  await makeProxies(shaped.map(({ node, guest }) => ({ node, proxy: proxies.get(guest.name) })));
  return shaped.flatMap(({ guest, found: { links } }) =>
    guest.nics
      .filter(({ network }) => !links.has(nicName(network)))
      .map(({ network, device }) => `${guest.name} on ${network} (${device} on ${guest.host})`),
  );
}

/** What is not told is set, whatever it is: a NIC that is not there after all is a failure then. */
function asMade({ nics }: Guest): NodeState {
  return { links: new Map(nics.map(({ network }) => [nicName(network), {}])), routes: [] };
}

/** Throws `lab` where a guest lacks a NIC. */
export function refuseUnattached(missing: readonly string[]): void {
  if (missing.length === 0) return;
  throw new Failure('lab', 'Guests lack NICs that the plan should have made', {
    detail: missing.slice(0, 20).join(', '),
    toDo: ['Bring the lab up to date: trunkline lab up FILE'],
  });
}

/** A free end is known by its name and by our mark on it; whatever else has that name is not ours to move. */
async function moveEnds(model: Model, lab: Lab): Promise<void> {
  const hosts = [...model.hosts.keys()].map((name) => nodeOf(lab, name));
  const read = await readIp(hosts, [['link', 'show']]);
  const guestsOn = Map.groupBy(model.guests.values(), ({ host }) => host);
  const ends = hosts.map((_, index) => freeEnds(model, read[index]?.[0] ?? []));
  // Who has come from another host may still have what it had there.
  const taking = hosts.flatMap((node, index) =>
    (guestsOn.get(node.name) ?? []).filter(({ nics }) => nics.some(({ device }) => ends[index]?.has(device) === true)),
  );
  const endsOn = new Map(hosts.map(({ name }, index) => [name, ends[index]]));
  await dropNics(lab, taking, ({ host }, { device }) => endsOn.get(host)?.has(device) === true);
  await runIp(
    ...hosts.map((node, index) => {
      const lines = (guestsOn.get(node.name) ?? []).flatMap((guest) => {
        const pid = String(nodeOf(lab, guest.name).pid);
        return guest.nics
          .filter(({ device }) => ends[index]?.has(device) === true)
          .map((nic) => ['link', 'set', 'dev', nic.device, 'netns', pid, 'name', nicName(nic.network)]);
      });
      return { node, purpose: `attach the guests on ${node.name}`, lines };
    }),
  );
}

function freeEnds(model: Model, links: readonly IpObject[]): ReadonlySet<string> {
  const free = links.filter((link) => {
    const mark = parseMark(typeof link['ifalias'] === 'string' ? link['ifalias'] : undefined);
    return mark?.topology === model.topology && mark.peer;
  });
  return new Set(free.map((link) => textOf(link['ifname'])));
}

export function guestShape(guest: Guest): NodeShape {
  const defaults: ShapedRoute[] = guest.nics.flatMap((nic) =>
    nic.defaultVia.map((via) => ({ to: 'default', via, device: nicName(nic.network), table: MAIN_TABLE })),
  );
  const further = sourceRouting(guest);
  return {
    nics: guest.nics.map(({ network, addresses, mtu, mac }) => ({ device: nicName(network), addresses, mtu, mac })),
    own: [],
    routes: [...defaults, ...further.routes],
    rules: further.rules,
  };
}

/**
 * Of several routed NICs one has the default route. What leaves with an address of another one goes by the router there, else
 * answers to what came in by it would leave by the wrong NIC. Connected subnets still come first.
 */
function sourceRouting(guest: Guest): { readonly routes: ShapedRoute[]; readonly rules: ShapedRule[] } {
  const routes: ShapedRoute[] = [];
  const rules: ShapedRule[] = [];
  guest.nics.forEach((nic, index) => {
    const table = RULES.first + 1 + index;
    for (const address of nic.addresses.map(addressPart)) {
      const family = familyOf(address);
      const via = nic.sourceVia.find((each) => familyOf(each) === family);
      if (via === undefined) continue;
      if (!routes.some((route) => route.table === table && familyOf(route.via) === family)) {
        routes.push({ to: 'default', via, device: nicName(nic.network), table });
      }
      rules.push({
        priority: RULES.first + 1 + rules.length,
        family,
        source: address,
        mark: null,
        table,
        specific: false,
      });
    }
  });
  const families = new Set(rules.map((rule) => rule.family));
  for (const family of families)
    rules.unshift({ priority: RULES.first, family, source: null, mark: null, table: MAIN_TABLE, specific: true });
  return { routes, rules };
}

/** @param relayed ports where a transparent proxy of the guest's listens. */
async function listen(agent: AgentClient, { name, listens }: Guest, relayed: readonly number[]): Promise<void> {
  await Promise.all(relayed.map((port) => relay(agent, name, port)));
  const ranges = listens.flatMap((service) =>
    service.protocol === 'tcp' || service.protocol === 'udp'
      ? service.ports.map(({ first, last }) => ({ protocol: service.protocol, first, last }))
      : [],
  );
  await Promise.all(
    ranges.map(async ({ protocol, first, last }) => {
      if (protocol === 'tcp' && first === last && relayed.includes(first)) return;
      const answer = await agent.ask('listen', '-', name, protocol, String(first), String(last));
      // A server that the user runs in the guest listens there instead.
      if (answer.error === undefined || answer.error.includes('Address already in use')) return;
      const where = `${String(first)}-${String(last)}/${protocol}`;
      throw new Failure('lab', `${name} cannot listen on ${where}`, { detail: answer.error });
    }),
  );
}
