/** What an audit looks at: hosts as snapshots show them, alone or with the topology around them, or hosts as a file wants them. */
import type { Drifted, SceneParts } from '../audit/scene.ts';
import { Failure } from '../core/failure.ts';
import type { HostView } from '../flow/hostview.ts';
import type { Model } from '../flow/model.ts';
import type { HostPlan } from '../flow/plan.ts';
import type { Snapshot } from '../flow/snapshot.ts';
import type { NetworkStack, StackId, World } from '../flow/world.ts';
import { stackIdOf } from '../flow/world.ts';
import { KINDS } from '../kinds/index.ts';
import { desiredState } from '../model/desired.ts';
import { probePlan } from '../model/probes.ts';
import { driftOf } from '../plan/document.ts';
import { planHost } from '../plan/host.ts';
import { putTogether } from '../plan/together.ts';
import type { FoundHost } from '../reach/world/found.ts';
import { stacksAsFound } from '../reach/world/found.ts';
import { holding, worldOf } from '../reach/world/world.ts';
import type { ConnectionOf } from './apply.ts';
import { runContext } from './apply.ts';
import { rememberPlan } from './made-plans.ts';
import type { HostStatus } from './status.ts';
import { statusOf } from './status.ts';
import { changedBy } from './traffic.ts';
import { wantedWorld } from './worlds.ts';

export interface RecordedHost {
  /** As the topology calls it, or as it calls itself. */
  readonly name: string;
  readonly snapshot: Snapshot;
  /** What it says of what was confirmed there last; left out where it cannot be asked. */
  readonly status?: HostStatus | null;
}

/** Asks the host whether it is as it was left; `null` where it could not be read calmly: then its snapshot has to do. */
export async function statusNow(model: Model, host: string, connectionOf: ConnectionOf): Promise<HostStatus | null> {
  try {
    return await statusOf(desiredState(model, host, KINDS), runContext(model, connectionOf));
  } catch (error) {
    if (error instanceof Failure && error.kind === 'observation') return null;
    throw error;
  }
}

/** What is audited, and what could not be looked at. */
export interface Looked extends SceneParts {
  readonly notes: readonly string[];
}

/** @param model the topology that the hosts belong to, where there is one */
export function lookAt(hosts: readonly RecordedHost[], model: Model | null): Looked {
  const looked = { world: recordedWorld(hosts, model), model, found: true, notes: missingFrom(hosts) };
  if (model === null) return looked;
  const plan = planFrom(hosts, model);
  const { changes, notes } = changedBy(plan);
  return {
    ...looked,
    wanted: wantedStacks(model),
    changes: { by: 'apply', stacks: changes, notes },
    drift: hosts.flatMap((host) => driftOn(host, plan)),
  };
}

/**
 * The same hosts at two times, compared with each other.
 *
 * @param meanwhile what they were like in between, in order
 */
export function lookAtBoth(
  hosts: readonly RecordedHost[],
  former: readonly RecordedHost[],
  model: Model | null,
  meanwhile: readonly (readonly RecordedHost[])[] = [],
): Looked {
  const between = meanwhile.map((each) => stacksOf(recordedWorld(each, model)));
  const [before, after] = [former, hosts].map((each) => stacksOf(recordedWorld(each, model)));
  const ids = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  const names = new Set(hosts.map(({ name }) => name));
  const gone = former.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  const stacks = [...ids]
    .map((id) => ({
      before: before?.get(id) ?? null,
      after: after?.get(id) ?? null,
      meanwhile: between.flatMap((stacks) => stacks.get(id) ?? []),
    }))
    .filter(({ before: was }) => !gone.includes(was?.host ?? ''));
  const notes = gone.map(
    (name) => `${name}: it was recorded before, and not now: nothing is said of what changed there`,
  );
  return { ...lookAt(hosts, model), changes: { by: 'time', stacks, notes } };
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

function stacksOf({ stacks }: World): ReadonlyMap<StackId, NetworkStack> {
  return new Map([...stacks].filter(([, { sort }]) => sort === 'host' || sort === 'namespace'));
}

/** Every member of a cluster as it is while it is master: whoever is, may let pass what the file allows. */
function wantedStacks(model: Model): ReadonlyMap<StackId, NetworkStack> {
  const stacks = new Map(stacksOf(wantedWorld(model)));
  for (const gateway of model.gateways.values()) {
    if (gateway.members.length < 2) continue;
    for (const member of gateway.members) {
      const id = stackIdOf(member.host, member.namespace ?? '');
      const stack = stacks.get(id);
      if (stack !== undefined) stacks.set(id, holding(gateway, member, stack));
    }
  }
  return stacks;
}

/** What an apply would do on those of the hosts that the topology names, as far as their snapshots tell. */
function planFrom(hosts: readonly RecordedHost[], model: Model): { readonly hosts: readonly HostPlan[] } {
  const plans = hosts
    .filter(({ name }) => model.hosts.has(name))
    .map(({ name, snapshot }) => {
      const view = viewOf(name, snapshot);
      const plan = planHost(desiredState(model, name, KINDS), view, KINDS);
      rememberPlan(plan, view);
      return plan;
    });
  return { hosts: putTogether(plans) };
}

/** Compared with what the host keeps, else with the file. Where nothing of it was ever put, nothing has drifted. */
function driftOn({ name, status }: RecordedHost, plan: { readonly hosts: readonly HostPlan[] }): readonly Drifted[] {
  if (status?.kept != null) return status.drift.map((each) => ({ host: name, ...each }));
  return plan.hosts.filter(({ host, unchanged }) => host === name && unchanged > 0).flatMap(driftOf);
}

function viewOf(host: string, { host: own, scopes, namespaces }: Snapshot): HostView {
  return {
    host,
    scopes: new Map([['', own], ...[...scopes].map(([scope, { view }]) => [scope, view] as const)]),
    namespaces: [...namespaces].map(([name, { links }]) => ({
      name,
      alias: [...links.values()].find((link) => link.name === 'lo')?.alias ?? null,
    })),
    record: null,
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
    iptablesIn: new Map([...scopes].map(([scope, each]) => [scope, each.iptables])),
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
