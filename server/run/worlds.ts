/** The World of a topology: as its file wants it, or with its hosts as they were read. */
import type { HostView } from '../flow/hostview.ts';
import type { Model } from '../flow/model.ts';
import type { ProbePlan } from '../flow/probe.ts';
import type { World } from '../flow/world.ts';
import { KINDS } from '../kinds/index.ts';
import { desiredState } from '../model/desired.ts';
import { probePlan } from '../model/probes.ts';
import { standings } from '../model/standing.ts';
import { stacksAsFound } from '../reach/world/found.ts';
import { stacksAsWanted } from '../reach/world/wanted.ts';
import { worldOf } from '../reach/world/world.ts';

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
  views: readonly HostView[],
  { plan = probePlan(model), without = [] }: WorldOptions = {},
): World {
  return worldOf({ hosts: views.map(stacksAsFound), around: { model, plan }, without });
}
