/** What an audit looks at: hosts as snapshots show them, alone or with the topology around them, or hosts as a file wants them. */
import type { SceneParts } from '../audit/scene.ts';
import type { Model } from '../flow/model.ts';
import type { Snapshot } from '../flow/snapshot.ts';
import type { World } from '../flow/world.ts';
import { probePlan } from '../model/probes.ts';
import type { FoundHost } from '../reach/world/found.ts';
import { stacksAsFound } from '../reach/world/found.ts';
import { worldOf } from '../reach/world/world.ts';
import { wantedWorld } from './worlds.ts';

export interface RecordedHost {
  /** As the topology calls it, or as it calls itself. */
  readonly name: string;
  readonly snapshot: Snapshot;
}

/** What is audited, and what could not be looked at. */
export interface Looked extends SceneParts {
  readonly notes: readonly string[];
}

/**
 * @param model the topology that the hosts belong to, where there is one
 * @param former the same hosts as they were, where the two states are compared
 */
export function lookAt(
  hosts: readonly RecordedHost[],
  model: Model | null,
  _former: readonly RecordedHost[] | null = null,
): Looked {
  return { world: recordedWorld(hosts, model), model, found: true, notes: missingFrom(hosts) };
}

/** As the file wants it, without contact to any host. */
export function lookPlanned(model: Model): Looked {
  return {
    world: wantedWorld(model),
    model,
    found: false,
    notes: [`${model.topology} is judged as the file wants it: no host was asked`],
  };
}

export function recordedWorld(hosts: readonly RecordedHost[], model: Model | null): World {
  const found = hosts.map(foundHost).map(stacksAsFound);
  return worldOf({
    hosts: found,
    ...(model === null ? {} : { around: { model, plan: probePlan(model) } }),
  });
}

function foundHost({ name, snapshot: { host, scopes, iptables } }: RecordedHost): FoundHost {
  return {
    host: name,
    scopes: new Map([['', host], ...[...scopes].map(([scope, { view }]) => [scope, view] as const)]),
    iptables,
  };
}

/** What the snapshots do not say, as notes of the report. */
export function missingFrom(hosts: readonly RecordedHost[]): readonly string[] {
  return hosts.flatMap(({ name, snapshot: { missing, namespaces, scopes } }) => [
    ...missing
      .filter((file) => !file.includes('iptables') && !file.includes('ip6tables'))
      .map((file) => `${name}: ${file} could not be had there`),
    ...[...namespaces.keys()]
      .filter((each) => !scopes.has(each))
      .map((each) => `${name}: the namespace ${each} was not recorded whole, and is not judged`),
  ]);
}
