/** What is audited: stacks with their rules, and what the file says of them where there is one. Each thing is read once. */
import { addressPart } from '../core/address.ts';
import type { Address } from '../core/address.ts';
import type { Place } from '../core/place.ts';
import type { Model, Publish } from '../flow/model.ts';
import type { Probe } from '../flow/probe.ts';
import type { NetworkStack, StackId, World } from '../flow/world.ts';
import type { StackChange } from '../reach/changes/changes.ts';
import type { Locator, Ruleset } from '../reach/rules/ruleset.ts';
import { rulesetOf } from '../reach/world/rules.ts';
import type { Locus } from './finding.ts';
import type { Mapping } from './mappings/mapping.ts';
import { mappingsOf } from './mappings/mapping.ts';

export interface AuditedStack {
  readonly stack: NetworkStack;
  readonly rules: Ruleset;
  /** In the order in which the kernel asks them. */
  readonly mappings: readonly Mapping[];
}

export interface Scene {
  readonly world: World;
  /** `null` where hosts are audited and no file speaks of them. */
  readonly model: Model | null;
  /** The hosts are as they were found, all that others put there included; not only as a file wants them. */
  readonly found: boolean;
  readonly stacks: ReadonlyMap<StackId, AuditedStack>;
  /** Who has an address; several where that is shared, or a mistake. */
  readonly owners: ReadonlyMap<Address, readonly Owner[]>;
  /** Where in the file a rule comes from; `null` for what is not ours. */
  readonly placeOf: (at: Locator) => Place | null;
  /** Stacks of found hosts as the file wants them; empty where there is none, or where nothing else is looked at. */
  readonly wanted: ReadonlyMap<StackId, NetworkStack>;
  readonly changes: StateChange | null;
  /** What shows whether the expectations of the file hold. */
  readonly probes: readonly Probe[];
  /** What of ours is not on the hosts as it should be. */
  readonly drift: readonly Drifted[];
}

/** Two states of the same hosts: an apply of the file leads from the one to the other, or they were recorded one after the other. */
export interface StateChange {
  readonly by: 'apply' | 'time';
  readonly stacks: readonly StackChange[];
  /** What nothing is said of, and why. */
  readonly notes: readonly string[];
}

export interface Drifted {
  readonly host: string;
  /** `filter shop-vgw-1 shop-filter` */
  readonly resource: string;
  /** `present`: whether it is there at all. */
  readonly field: string;
  readonly expected: unknown;
  readonly found: unknown;
}

export interface Owner {
  readonly stack: NetworkStack;
  readonly device: string;
}

export interface SceneParts {
  readonly world: World;
  readonly model: Model | null;
  readonly found: boolean;
  readonly wanted?: Scene['wanted'];
  readonly changes?: StateChange;
  readonly probes?: readonly Probe[];
  readonly drift?: readonly Drifted[];
}

export function sceneOf({ world, model, found, ...more }: SceneParts): Scene {
  const stacks = new Map<StackId, AuditedStack>();
  const owners = new Map<Address, Owner[]>();
  for (const [id, stack] of world.stacks) {
    const rules = rulesetOf(stack);
    stacks.set(id, { stack, rules, mappings: mappingsOf(rules) });
    for (const { name, addresses } of stack.interfaces.values()) {
      for (const each of addresses) {
        const address = addressPart(each);
        const known = owners.get(address);
        if (known === undefined) owners.set(address, [{ stack, device: name }]);
        else known.push({ stack, device: name });
      }
    }
  }
  const places = placesOf(model);
  const placeOf = ({ id }: Locator): Place | null => (id === null ? null : (places.get(id) ?? null));
  const { wanted = new Map<StackId, NetworkStack>(), changes = null, drift = [], probes = [] } = more;
  return { world, model, found, stacks, owners, placeOf, wanted, changes, drift, probes };
}

/** Lines of the file by the ids that rules have as their comments. */
function placesOf(model: Model | null): ReadonlyMap<string, Place> {
  const policy = model?.policy ?? [];
  return new Map(policy.map(({ id, place }) => [id, place]));
}

interface Publishes {
  /** By address, protocol and port. */
  readonly single: ReadonlyMap<string, Place>;
  readonly ranges: readonly Publish[];
}

const published = new WeakMap<Model, Publishes>();

function publishesIn(model: Model): Publishes {
  const known = published.get(model);
  if (known !== undefined) return known;
  const all = [...model.gateways.values()].flatMap(({ publishes }) => publishes);
  const isRange = ({ ports }: Publish): boolean => ports.first !== ports.last;
  const single = all
    .filter((each) => !isRange(each))
    .map(({ listen, ports, protocol, place }) => [`${listen} ${String(ports.first)}/${protocol}`, place] as const);
  const found = { single: new Map(single.toReversed()), ranges: all.filter(isRange) };
  published.set(model, found);
  return found;
}

/** The line that publishes a port. */
export function publishedAt({ model }: Scene, address: Address, port: number, protocol: string): Place | null {
  if (model === null) return null;
  const { single, ranges } = publishesIn(model);
  const range = ranges.find(
    (each) =>
      each.listen === address && each.protocol === protocol && port >= each.ports.first && port <= each.ports.last,
  );
  return single.get(`${address} ${String(port)}/${protocol}`) ?? range?.place ?? null;
}

/** A rule as a place that a person finds: on the host, and in the file where it comes from there. */
export function locusOf(scene: Scene, stack: NetworkStack, at: Locator): Locus {
  const { family, table, chain, handle, text } = at;
  return {
    stack: stack.node,
    object: `${family} ${table} ${chain}${handle === null ? '' : ` handle ${String(handle)}`}`,
    text,
    place: scene.placeOf(at),
  };
}
