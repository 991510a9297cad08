import { addressPart, familyOf } from '../core/address.ts';
import { Failure } from '../core/failure.ts';
import { parseMark } from '../flow/mark.ts';
import type { Guest, Model } from '../flow/model.ts';
import { connectAgent } from './control.ts';
import type { AgentClient } from './control.ts';
import { readIp, runIp } from './enter.ts';
import { nodeOf } from './lab.ts';
import type { Lab } from './lab.ts';
import { nicName } from './nic-name.ts';
import { MAIN_TABLE, RULES, shapeNode } from './shape.ts';
import type { NodeShape, ShapedRoute, ShapedRule } from './shape.ts';
import { eachLimited, parseIpJson, textOf } from './tool.ts';

/**
 * Gives every guest the free ends that the plan made for it on its host, with addresses and routes, and lets it listen for
 * what it is declared to. What is attached already stays as it is, so that this follows every run on the lab's hosts.
 */
export async function attachGuests(model: Model, lab: Lab): Promise<void> {
  await eachLimited(model.hosts.keys(), 4, (host) => moveEnds(model, lab, host));
  await eachLimited(model.guests.values(), 8, async (guest) => {
    const agent = await connectAgent(nodeOf(lab, guest.name));
    try {
      const there = await nicsOf(agent);
      const nics = guest.nics.filter((nic) => there.has(nicName(nic.network)));
      await shapeNode(agent, guestShape({ ...guest, nics }));
      await listen(agent, guest);
    } finally {
      agent.close();
    }
  });
}

/** Throws `lab` where a guest lacks a NIC: the plan that should have made it was not carried out. */
export async function checkAttached(model: Model, lab: Lab): Promise<void> {
  const missing: string[] = [];
  await eachLimited(model.guests.values(), 8, async (guest) => {
    const [links = []] = parseIpJson(
      await readIp(`read ${guest.name}`, nodeOf(lab, guest.name), [], [['link', 'show']]),
    );
    const there = new Set(links.map((link) => textOf(link['ifname'])));
    for (const { network, device } of guest.nics)
      if (!there.has(nicName(network))) missing.push(`${guest.name} on ${network} (${device} on ${guest.host})`);
  });
  if (missing.length === 0) return;
  throw new Failure('lab', 'Guests lack NICs that the plan should have made', {
    detail: missing.slice(0, 20).join(', '),
    toDo: ['Bring the lab up to date: trunkline lab up FILE'],
  });
}

async function nicsOf(agent: AgentClient): Promise<ReadonlySet<string>> {
  const [links = []] = parseIpJson(await readIp(`read ${agent.node.name}`, agent.node, [], [['link', 'show']]));
  return new Set(links.map((link) => textOf(link['ifname'])));
}

/** A free end is known by its name and by our mark on it; whatever else has that name is not ours to move. */
async function moveEnds(model: Model, lab: Lab, hostName: string): Promise<void> {
  const host = nodeOf(lab, hostName);
  const [links = []] = parseIpJson(await readIp(`read the links of ${hostName}`, host, [], [['link', 'show']]));
  const free = new Set<string>();
  for (const link of links) {
    const mark = parseMark(typeof link['ifalias'] === 'string' ? link['ifalias'] : undefined);
    if (mark?.topology === model.topology && mark.peer) free.add(textOf(link['ifname']));
  }
  const lines: string[][] = [];
  for (const guest of model.guests.values()) {
    if (guest.host !== hostName) continue;
    const pid = String(nodeOf(lab, guest.name).pid);
    for (const nic of guest.nics)
      if (free.has(nic.device))
        lines.push(['link', 'set', 'dev', nic.device, 'netns', pid, 'name', nicName(nic.network)]);
  }
  await runIp(`attach the guests on ${hostName}`, host, lines);
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

async function listen(agent: AgentClient, guest: Guest): Promise<void> {
  for (const service of guest.listens) {
    if (service.protocol !== 'tcp' && service.protocol !== 'udp') continue;
    for (const { first, last } of service.ports) {
      const answer = await agent.ask('listen', '-', guest.name, service.protocol, String(first), String(last));
      // A server that the user runs in the guest listens there instead.
      if (answer.error !== undefined && !answer.error.includes('Address already in use')) {
        throw new Failure(
          'lab',
          `${guest.name} cannot listen on ${String(first)}-${String(last)}/${service.protocol}`,
          { detail: answer.error },
        );
      }
    }
  }
}
