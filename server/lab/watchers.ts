import { z } from 'zod';
import type { Model } from '../flow/model.ts';
import type { Probe } from '../flow/probe.ts';
import type { Agents } from './agents.ts';
import type { AgentClient } from './control.ts';
import { endpointText } from '../core/endpoint-text.ts';
import { sightingKey } from './judge.ts';
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
  await Promise.all(
    [...nodes].map(async (node) => {
      const place = agents.placeOf(node);
      const filters = model.hosts.has(node) || isMember(model, node);
      await (await agents.of(place.agent)).demand('watch', place.scope, filters ? 'delivered' : 'packet');
    }),
  );
  return nodes;
}

function isMember(model: Model, node: string): boolean {
  return [...model.gateways.values()].some(({ members }) => members.some(({ name }) => name === node));
}

export async function readSightings(watched: ReadonlySet<string>, agents: Agents): Promise<Sightings> {
  const byKey = new Map<string, Sighting[]>();
  const unsure = new Set<string>();
  const holders = [...Map.groupBy(watched, (node) => agents.placeOf(node).agent)];
  const read = await Promise.all(holders.map(async ([name]) => readPages(await agents.of(name))));
  for (const [index, [, nodes]] of holders.entries()) {
    const { seen = [], lost = 0 } = read[index] ?? {};
    // A gateway that runs in its host's own stack is seen where the host is.
    const nodesIn = Map.groupBy(nodes, (node) => agents.placeOf(node).scope);
    if (lost > 0) for (const node of nodes) unsure.add(node);
    for (const { scope, protocol, key, from, fromPort, port } of seen) {
      const source = protocol === 'icmp' ? from : endpointText(from, fromPort);
      const found = byKey.get(sightingKey(protocol, key)) ?? [];
      found.push(...(nodesIn.get(scope) ?? []).map((node) => ({ node, protocol, key, source, port })));
      byKey.set(sightingKey(protocol, key), found);
    }
  }
  return { byKey, unsure, watched };
}

async function readPages(agent: AgentClient): Promise<Pick<z.infer<typeof Page>, 'seen' | 'lost'>> {
  const seen: z.infer<typeof Page>['seen'] = [];
  for (;;) {
    const page = Page.parse(await agent.demand('seen', String(seen.length)));
    seen.push(...page.seen);
    if (page.seen.length === 0 || seen.length >= page.total) return { seen, lost: page.lost };
  }
}

export async function stopWatching(watched: ReadonlySet<string>, agents: Agents): Promise<void> {
  const holders = new Set([...watched].map((node) => agents.placeOf(node).agent));
  await Promise.all(
    [...holders].map(async (name) => {
      await (await agents.of(name)).ask('unwatch');
    }),
  );
}
