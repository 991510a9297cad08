import { connectAgent } from './control.ts';
import type { AgentClient } from './control.ts';
import { nodeOf } from './lab.ts';
import type { Lab, LabNode } from './lab.ts';
import { openRelay } from './vm/relay.ts';
import type { Relay } from './vm/relay.ts';

/** Where a node's sockets are made: by which agent, and in which namespace under it (`-`: the agent's own). */
export interface Place {
  readonly agent: string;
  readonly scope: string;
}

/** The agents that a test speaks with, each over one connection. */
export interface Agents {
  placeOf(node: string): Place;
  of(agent: string): Promise<AgentClient>;
  close(): Promise<void>;
}

export function openAgents(lab: Lab): Agents {
  const clients = new Map<string, Promise<AgentClient>>();
  let relay: Promise<Relay> | undefined;
  const connectTo = async (node: LabNode): Promise<AgentClient> => {
    if (node.within.length === 0) return connectAgent(node);
    relay ??= openRelay(node);
    return connectAgent(node, await relay);
  };
  return {
    placeOf(node) {
      const member = lab.members[node];
      return member === undefined
        ? { agent: nodeOf(lab, node).name, scope: '-' }
        : { agent: member.host, scope: member.namespace ?? '-' };
    },
    of(agent) {
      const client = clients.get(agent) ?? connectTo(nodeOf(lab, agent));
      clients.set(agent, client);
      return client;
    },
    async close() {
      for (const client of await Promise.allSettled(clients.values()))
        if (client.status === 'fulfilled') client.value.close();
    },
  };
}
