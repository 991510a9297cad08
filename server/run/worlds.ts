/** The World of a topology: as its file wants it, or with its hosts as they were read. */
import type { Model } from '../flow/model.ts';
import type { ProbePlan } from '../flow/probe.ts';
import type { World } from '../flow/world.ts';
import { KINDS } from '../kinds/index.ts';
import { desiredState } from '../model/desired.ts';
import { probePlan } from '../model/probes.ts';
import { standings } from '../model/standing.ts';
import type { FoundHost } from '../reach/world/found.ts';
import { stacksAsFound } from '../reach/world/found.ts';
import { stacksAsWanted } from '../reach/world/wanted.ts';
import { WORLD_SETTINGS } from '../reach/walk/settings.ts';
import { worldOf } from '../reach/world/world.ts';
import type { ConnectionOf } from './apply.ts';
import { observeAlso } from './observe.ts';
import { readIptables } from './read-iptables.ts';

export interface WorldOptions {
  /** Who is put beside the topology; by default what its expectations need. */
  readonly plan?: Pick<ProbePlan, 'internet' | 'temporary'>;
  /** Hosts that are down. */
  readonly without?: readonly string[];
}

export function wantedWorld(model: Model, { plan = probePlan(model), without = [] }: WorldOptions = {}): World {
  const hosts = [...model.hosts.keys()].map((host) =>
    stacksAsWanted(host, standings(desiredState(model, host, KINDS), KINDS)),
  );
  return worldOf({ hosts, around: { model, plan }, without });
}

export function foundWorld(
  model: Model,
  hosts: readonly FoundHost[],
  { plan = probePlan(model), without = [] }: WorldOptions = {},
): World {
  return worldOf({ hosts: hosts.map(stacksAsFound), around: { model, plan }, without });
}

/** Looks at all hosts of the model, and changes nothing. */
export async function readHosts(model: Model, connectionOf: ConnectionOf): Promise<readonly FoundHost[]> {
  return Promise.all(
    [...model.hosts.values()].map(async (host) => {
      const session = await connectionOf(host).open({ lock: false });
      try {
        const view = await observeAlso(session, desiredState(model, host.name, KINDS), KINDS, WORLD_SETTINGS);
        return { host: view.host, scopes: view.scopes, ...(await readIptables(session, [...view.scopes.keys()])) };
      } finally {
        await session.close();
      }
    }),
  );
}
