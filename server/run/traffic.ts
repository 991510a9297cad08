/** Which traffic a plan makes possible or impossible, judged from the hosts as they were read for it. Asks no host anything. */
import type { HostView } from '../flow/hostview.ts';
import type { Model } from '../flow/model.ts';
import type { HostPlan, Plan } from '../flow/plan.ts';
import type { Reachability } from '../flow/reachability.ts';
import type { Resource } from '../flow/resource.ts';
import type { NetworkStack } from '../flow/world.ts';
import { KINDS } from '../kinds/index.ts';
import { standings } from '../model/standing.ts';
import type { StackChange } from '../reach/changes/changes.ts';
import { changesOf } from '../reach/changes/changes.ts';
import { namesOf } from '../reach/changes/names.ts';
import { stacksAsFound } from '../reach/world/found.ts';
import { stacksAsWanted } from '../reach/world/wanted.ts';
import { viewPlannedFrom } from './made-plans.ts';

export function trafficOf(model: Model, plan: Plan): Reachability {
  const notes: string[] = [];
  const changes = plan.hosts
    .filter(({ steps }) => steps.length > 0)
    .flatMap((host): readonly StackChange[] => {
      const view = viewPlannedFrom(host);
      if (view === undefined) {
        notes.push(`${host.host}: how it was read is not known any more; nothing is said of it`);
        return [];
      }
      return stackChanges(host, view);
    });
  const found = changesOf(changes, namesOf(model));
  return { ...found, transient: [], notes: [...notes, ...found.notes] };
}

/** Every stack of the host that is there before or after. What is not ours stays as it was read. */
function stackChanges(plan: HostPlan, view: HostView): readonly StackChange[] {
  const found = byId(stacksAsFound(view).stacks);
  const wanted = byId(wantedStacks(plan.host, plan.desired));
  const ours = byId(wantedStacks(plan.host, formerly(plan)));
  return [...new Set([...ours.keys(), ...wanted.keys()])].map((id): StackChange => {
    const [before, after] = [found.get(id) ?? null, wanted.get(id) ?? null];
    if (after === null) return { before, after: null };
    const isHost = after.sort === 'host';
    return { before, after: isHost && before !== null ? replaced(before, ours.get(id), after) : after };
  });
}

const byId = (stacks: readonly NetworkStack[]): ReadonlyMap<string, NetworkStack> =>
  new Map(stacks.map((each) => [each.id, each]));

function wantedStacks(host: string, resources: readonly Resource[]): readonly NetworkStack[] {
  const state = { topology: '', host, resources: new Map(resources.map((each) => [each.id, each])) };
  return stacksAsWanted(host, standings(state, KINDS)).stacks;
}

/** Our resources as they are before the plan. */
function formerly({ desired, steps }: HostPlan): readonly Resource[] {
  const resources = new Map(desired.map((each) => [each.id, each]));
  for (const { first, before, resource } of steps) {
    if (!first) continue;
    if (before === null) resources.delete(resource);
    else resources.set(resource, before);
  }
  return [...resources.values()];
}

/** The host's own stack with our parts of it taken out, and put in as they will be. */
function replaced(found: NetworkStack, ours: NetworkStack | undefined, wanted: NetworkStack): NetworkStack {
  const tableKey = ({ family, name }: { readonly family: string; readonly name: string }): string =>
    `${family} ${name}`;
  const tables = new Set([...(ours?.tables ?? []), ...wanted.tables].map(tableKey));
  const routeKey = ({ family, table, to, type }: NetworkStack['routes'][number]): string =>
    `${String(family)} ${table} ${type} ${to}`;
  const routes = new Set([...(ours?.routes ?? []), ...wanted.routes].map(routeKey));
  const rules = new Set([...(ours?.rules ?? []), ...wanted.rules].map((each) => JSON.stringify(each)));
  const gone = [...(ours?.interfaces.keys() ?? [])].filter((name) => !wanted.interfaces.has(name));
  const interfaces = new Map([...found.interfaces, ...mergedInterfaces(found, wanted)]);
  for (const name of gone) interfaces.delete(name);
  return {
    ...found,
    interfaces,
    tables: [...found.tables.filter((each) => !tables.has(tableKey(each))), ...wanted.tables],
    routes: [...found.routes.filter((each) => !routes.has(routeKey(each))), ...wanted.routes],
    rules: [...found.rules.filter((each) => !rules.has(JSON.stringify(each))), ...wanted.rules].toSorted(
      (a, b) => a.priority - b.priority,
    ),
    settings: new Map([...found.settings, ...wanted.settings]),
  };
}

/** A port that somebody else gave addresses keeps them. */
function mergedInterfaces(found: NetworkStack, wanted: NetworkStack): NetworkStack['interfaces'] {
  return new Map(
    [...wanted.interfaces].map(([name, each]) => {
      const there = found.interfaces.get(name);
      const addresses = [...new Set([...(there?.addresses ?? []), ...each.addresses])];
      return [
        name,
        there === undefined ? each : { ...there, addresses, form: each.form, port: each.port ?? there.port },
      ];
    }),
  );
}
