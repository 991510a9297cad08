/** Which traffic a plan makes possible or impossible, judged from the hosts as they were read for it. Asks no host anything. */
import type { HostView } from '../flow/hostview.ts';
import type { Model } from '../flow/model.ts';
import type { HostPlan, Plan } from '../flow/plan.ts';
import type { Reachability } from '../flow/reachability.ts';
import type { Resource } from '../flow/resource.ts';
import type { Standing } from '../flow/standing.ts';
import type { NetworkStack } from '../flow/world.ts';
import { stackIdOf } from '../flow/world.ts';
import { KINDS } from '../kinds/index.ts';
import { standings } from '../model/standing.ts';
import type { StackChange } from '../reach/changes/changes.ts';
import { changesOf } from '../reach/changes/changes.ts';
import { namesOf } from '../reach/changes/names.ts';
import { stacksAsFound } from '../reach/world/found.ts';
import { stacksAsWanted } from '../reach/world/wanted.ts';
import { viewPlannedFrom } from './made-plans.ts';

export function trafficOf(model: Model, plan: Plan): Reachability {
  const { changes, notes } = changedBy(plan);
  const found = changesOf(changes, namesOf(model));
  return { ...found, notes: [...notes, ...found.notes] };
}

export interface ChangedStacks {
  readonly changes: readonly StackChange[];
  /** What nothing is said of, and why. */
  readonly notes: readonly string[];
}

/** Each stack that the plan changes something in that decides about packets: before, on the way, and afterwards. */
export function changedBy(plan: Pick<Plan, 'hosts'>): ChangedStacks {
  const notes: string[] = [];
  const changes = plan.hosts
    .filter(({ steps }) => steps.length > 0)
    .flatMap((host): readonly StackChange[] => {
      const view = viewPlannedFrom(host);
      if (view === undefined) {
        notes.push(`${host.host}: how it was read is not known any more; nothing is said of it`);
        return [];
      }
      return stackChanges(host, view, notes);
    });
  return { changes, notes };
}

/** Every stack of the host that is there before or after. What is not ours stays as it was read. */
function stackChanges(plan: HostPlan, view: HostView, notes: string[]): readonly StackChange[] {
  const found = byId(stacksAsFound(view).stacks);
  const ours = byId(wantedStacks(plan.host, formerly(plan)));
  const states = statesOf(plan, found, ours);
  const last = stacksWith(plan.desired, plan.host, found, ours);
  if (states === undefined) notes.push(`${plan.host}: it has too many steps; what may pass in between was not judged`);
  const touched = touchedStacks(plan);
  return [...touched].map((id): StackChange => {
    const [before, after] = [found.get(id) ?? null, last.get(id) ?? null];
    return { before, after, meanwhile: distinct(states?.flatMap((state) => state.get(id) ?? []) ?? [], before, after) };
  });
}

/** Where something changes that decides about packets: what is elsewhere on the host need not be compared. */
function touchedStacks({ host, steps }: HostPlan): ReadonlySet<string> {
  const resources = steps.filter(({ first }) => first).flatMap(({ before, after }) => [before, after]);
  return new Set(
    resources.flatMap((each) => (each !== null && says(host, each, TELLING) ? [stackIdOf(host, each.scope)] : [])),
  );
}

const DECIDING: ReadonlySet<Standing['on']> = new Set(['table', 'route', 'rule', 'setting']);
const TELLING: ReadonlySet<Standing['on']> = new Set([...DECIDING, 'address', 'stack']);

/** States between two steps that are looked at, at most. */
const MOST_STATES = 24;

/** The host after each change that decides about packets, but for the last one. `undefined`: there are too many. */
function statesOf(
  { host, desired, steps }: Pick<HostPlan, 'host' | 'desired' | 'steps'>,
  found: ReadonlyMap<string, NetworkStack>,
  ours: ReadonlyMap<string, NetworkStack>,
): readonly ReadonlyMap<string, NetworkStack>[] | undefined {
  const lastOf = new Map(steps.map((step) => [step.resource, step]));
  const deciding = steps.filter((step) => lastOf.get(step.resource) === step);
  const telling = deciding.filter(({ before, after }) => {
    const resource = before ?? after;
    return resource !== null && says(host, resource, DECIDING);
  });
  if (telling.length > MOST_STATES) return undefined;
  const told = new Set(telling);
  const resources = new Map(formerly({ host, desired, steps }).map((each) => [each.id, each]));
  const states: ReadonlyMap<string, NetworkStack>[] = [];
  for (const step of deciding) {
    if (step.after === null) resources.delete(step.resource);
    else resources.set(step.resource, step.after);
    if (told.has(step)) states.push(stacksWith([...resources.values()], host, found, ours));
  }
  return states.slice(0, -1);
}

/** Rules, ways and settings decide; what makes interfaces opens nothing that these do not let pass. */
function says(host: string, resource: Resource, words: ReadonlySet<Standing['on']>): boolean {
  const state = { topology: '', host, resources: new Map([[resource.id, resource]]) };
  return standings(state, KINDS).some(({ on }) => words.has(on));
}

function distinct(
  list: readonly NetworkStack[],
  before: NetworkStack | null,
  after: NetworkStack | null,
): readonly NetworkStack[] {
  const seen = new Set([before, after].map((stack) => (stack === null ? '' : decidingText(stack))));
  return list.filter((stack) => {
    const text = decidingText(stack);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

function decidingText({ tables, routes, rules, settings }: NetworkStack): string {
  return JSON.stringify([tables, routes, rules, [...settings]]);
}

function stacksWith(
  resources: readonly Resource[],
  host: string,
  found: ReadonlyMap<string, NetworkStack>,
  ours: ReadonlyMap<string, NetworkStack>,
): ReadonlyMap<string, NetworkStack> {
  const wanted = wantedStacks(host, resources).map((stack) => {
    const before = found.get(stack.id);
    return before === undefined ? stack : replaced(before, ours.get(stack.id), stack);
  });
  return byId(wanted);
}

const byId = (stacks: readonly NetworkStack[]): ReadonlyMap<string, NetworkStack> =>
  new Map(stacks.map((each) => [each.id, each]));

function wantedStacks(host: string, resources: readonly Resource[]): readonly NetworkStack[] {
  const state = { topology: '', host, resources: new Map(resources.map((each) => [each.id, each])) };
  return stacksAsWanted(host, standings(state, KINDS)).stacks;
}

/** Our resources as they are before the plan. */
function formerly({ desired, steps }: Pick<HostPlan, 'host' | 'desired' | 'steps'>): readonly Resource[] {
  const resources = new Map(desired.map((each) => [each.id, each]));
  for (const { first, before, resource } of steps) {
    if (!first) continue;
    if (before === null) resources.delete(resource);
    else resources.set(resource, before);
  }
  return [...resources.values()];
}

/** A stack with our parts of it taken out, and put in as they will be; what the kernel and others made there stays. */
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
