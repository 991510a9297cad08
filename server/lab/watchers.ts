import { z } from 'zod';
import type { Model } from '../flow/model.ts';
import type { Probe } from '../flow/probe.ts';
import type { Agents } from './agents.ts';
import { endpointText, sightingKey } from './judge.ts';
import type { Sighting, Sightings } from './judge.ts';

const Page = z.looseObject({
  total: z.number(),
  lost: z.number(),
  seen: z.array(
    z.object({
      scope: z.string(),
      protocol: z.string(),
      key: z.string(),
      from: z.string(),
      fromPort: z.number(),
      port: z.number(),
    }),
  ),
});

/**
 * Watches every node that a probe may arrive at. Guests and `internet` filter nothing: what is seen on their NIC has got
 * through. Hosts and gateways are watched behind their own filter, since that is what is being tested.
 */
export async function startWatching(
  model: Model,
  probes: readonly Probe[],
  agents: Agents,
): Promise<ReadonlySet<string>> {
  const nodes = new Set(
    probes.flatMap((probe) => [probe.target?.node ?? null, probe.to.node]).filter((node) => node !== null),
  );
  for (const node of nodes) {
    const place = agents.placeOf(node);
    const filters = model.hosts.has(node) || isMember(model, node);
    await (await agents.of(place.agent)).demand('watch', place.scope, filters ? 'delivered' : 'packet');
  }
  return nodes;
}

function isMember(model: Model, node: string): boolean {
  return [...model.gateways.values()].some(({ members }) => members.some(({ name }) => name === node));
}

export async function readSightings(watched: ReadonlySet<string>, agents: Agents): Promise<Sightings> {
  const byKey = new Map<string, Sighting[]>();
  const unsure = new Set<string>();
  const places = [...watched].map((node) => ({ node, ...agents.placeOf(node) }));
  for (const name of new Set(places.map((place) => place.agent))) {
    const agent = await agents.of(name);
    for (let offset = 0, total = 1; offset < total;) {
      const page = Page.parse(await agent.demand('seen', String(offset)));
      if (page.lost > 0) for (const { node, agent: holder } of places) if (holder === name) unsure.add(node);
      for (const { scope, protocol, key, from, fromPort, port } of page.seen) {
        // A gateway that runs in its host's own stack is seen where the host is.
        const nodes = places
          .filter((place) => place.agent === name && place.scope === scope)
          .map((place) => place.node);
        const found = byKey.get(sightingKey(protocol, key)) ?? [];
        const source = protocol === 'icmp' ? from : endpointText(from, fromPort);
        found.push(...nodes.map((node) => ({ node, protocol, key, source, port })));
        byKey.set(sightingKey(protocol, key), found);
      }
      if (page.seen.length === 0) break;
      offset += page.seen.length;
      total = page.total;
    }
  }
  return { byKey, unsure, watched };
}

export async function stopWatching(watched: ReadonlySet<string>, agents: Agents): Promise<void> {
  for (const name of new Set([...watched].map((node) => agents.placeOf(node).agent)))
    await (await agents.of(name)).ask('unwatch');
}
