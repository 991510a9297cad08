/** What the same hosts let pass at two times, as snapshots show them: what was opened and closed in between. */
import type { Model } from '../flow/model.ts';
import type { Reachability } from '../flow/reachability.ts';
import type { World } from '../flow/world.ts';
import { changesOf } from '../reach/changes/changes.ts';
import type { StackChange } from '../reach/changes/changes.ts';
import { namesOf } from '../reach/changes/names.ts';
import { namesOfWorld } from '../reach/changes/names-of-world.ts';
import { worldOf } from '../reach/world/world.ts';
import { stacksAsFound } from '../reach/world/found.ts';
import { foundHost } from './audited.ts';
import type { RecordedHost } from './audited.ts';
import { manyPlan } from './questions.ts';

/** @param model the topology that the hosts belong to, where there is one: with it changes are tried over all hops too */
export function changesBetween(
  former: readonly RecordedHost[],
  hosts: readonly RecordedHost[],
  model: Model | null,
): Reachability {
  const [was, is] = [former, hosts].map((each) => new Set(each.map(({ name }) => name)));
  const both = ({ name }: RecordedHost): boolean => was?.has(name) === true && is?.has(name) === true;
  const world = (list: readonly RecordedHost[]): World =>
    worldOf({
      hosts: list.filter(both).map(foundHost).map(stacksAsFound),
      ...(model === null ? {} : { around: { model, plan: manyPlan(model) } }),
    });
  const worlds = { before: world(former), after: world(hosts) };
  const changes = stacksOf(worlds.before, worlds.after);
  const names = model === null ? namesOfWorld(worlds.after) : namesOf(model);
  const found = changesOf(changes, names, worlds);
  const alone = [...former, ...hosts].filter((each) => !both(each));
  const notes = alone.map(
    ({ name }) => `${name}: there is a snapshot of one of the two times only; nothing is said of it`,
  );
  return { ...found, notes: [...notes, ...found.notes] };
}

function stacksOf(before: World, after: World): readonly StackChange[] {
  const ids = new Set([...before.stacks.keys(), ...after.stacks.keys()]);
  return [...ids]
    .map((id) => ({ before: before.stacks.get(id) ?? null, after: after.stacks.get(id) ?? null }))
    .filter(({ before: one, after: other }) => {
      const sort = (other ?? one)?.sort;
      return sort === 'host' || sort === 'namespace';
    });
}
