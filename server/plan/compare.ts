/**
 * Stage: desired state and host view → what differs. Every question that the product asks about a difference (plan, drift,
 * verification) is this one comparison. It decides nothing about order and renders no command.
 */
import { canonicalJson, sameJson } from '../core/json.ts';
import type { HostView } from '../flow/hostview.ts';
import type { Action, FieldDifference, Obstacle } from '../flow/plan.ts';
import type { Resource, ResourceId } from '../flow/resource.ts';
import type { Claim, Kind } from '../kinds/kind.ts';

/** The change of one resource: from what was found to what is wanted. */
export interface Change {
  readonly action: Action;
  readonly kind: Kind;
  readonly id: ResourceId;
  readonly before: Resource | undefined;
  readonly after: Resource | undefined;
  readonly fields: readonly FieldDifference[];
  readonly reason: string;
  /** It was there before us, and is taken over. */
  readonly adopts?: boolean;
  /** The kernel removes it together with something else that goes: no command of its own. */
  readonly implied: boolean;
}

export interface Comparison {
  readonly changes: readonly Change[];
  readonly obstacles: readonly Obstacle[];
  /** Ours, as found, by id. */
  readonly observed: ReadonlyMap<ResourceId, Resource>;
  readonly unchanged: number;
}

export interface CompareRequest {
  readonly topology: string;
  readonly host: string;
  readonly desired: ReadonlyMap<ResourceId, Resource>;
  readonly view: HostView;
  readonly kinds: readonly Kind[];
}

export function compareHost(request: CompareRequest): Comparison {
  const { topology, view, kinds } = request;
  const kindOf = new Map(kinds.map((each) => [each.name, each]));
  const wantedByKind = Map.groupBy(request.desired.values(), (each) => each.kind);
  const claims = new Map(kinds.map((each) => [each.name, claimOf(topology, wantedByKind.get(each.name) ?? [])]));
  const claim = (kind: Kind): Claim => claims.get(kind.name) ?? claimOf(topology, []);

  const observed = new Map<ResourceId, Resource>();
  for (const kind of kinds) for (const each of kind.observe(view, claim(kind))) observed.set(each.id, each);

  const borrowed = formerValues(request, kindOf, observed);
  const desired = new Map(request.desired);
  for (const kind of kinds) for (const each of kind.keeps?.(topology, borrowed) ?? []) desired.set(each.id, each);

  const obstacles: Obstacle[] = [];
  const changes: Change[] = [];
  let unchanged = 0;
  for (const [id, wanted] of desired) {
    const kind = kindOf.get(wanted.kind);
    if (kind === undefined) continue;
    const found = observed.get(id);
    if (found === undefined) {
      const adopted = kind.adopts?.(wanted, view, claim(kind));
      const stands = kind.obstacle?.(wanted, view, claim(kind));
      const detail = adopted === undefined ? stands : `${stands ?? ''} ${ADOPTABLE}`.trimStart();
      if (detail !== undefined) {
        const sort = adopted === undefined ? 'foreign' : 'adoptable';
        obstacles.push({ host: request.host, sort, resource: id, detail });
        if (adopted === undefined) continue;
        const change = changeOf(kind, id, adopted.found, wanted, 'there already, and taken over');
        if (change !== undefined) changes.push({ ...change, adopts: true });
        continue;
      }
    }
    const change = changeOf(kind, id, found ?? borrowed[id], wanted);
    if (change === undefined) unchanged += 1;
    else changes.push(change);
  }
  for (const [id, found] of observed) {
    const kind = kindOf.get(found.kind);
    if (desired.has(id) || kind === undefined) continue;
    const former = view.record?.former[id];
    const change =
      former === undefined
        ? removal(kind, id, found)
        : changeOf(kind, id, found, former, 'given back as it was before');
    if (change !== undefined) changes.push(change);
  }
  obstacles.push(...losses(request.host, changes));
  const spread = rejoin(spreadLoss(changes, desired, observed, kindOf), desired, observed, kindOf);
  return { changes: spread, obstacles, observed, unchanged };
}

const ADOPTABLE = 'Or take it over: `apply --adopt` does that as the plan shows, and `destroy` leaves it standing.';

/** A removal is meant to take everything with it; a change is not. */
function losses(host: string, changes: readonly Change[]): readonly Obstacle[] {
  return changes.flatMap(({ kind, id, before, after }): readonly Obstacle[] => {
    const detail = before === undefined || after === undefined ? undefined : kind.unrestorable?.(before);
    return detail === undefined ? [] : [{ host, sort: 'unrestorable', resource: id, detail }];
  });
}

function claimOf(topology: string, wanted: readonly Resource[]): Claim {
  return { topology, wanted: new Map(wanted.map((each) => [each.id, each])) };
}

/** Former values of everything borrowed that is still wanted: as kept on the host, or, for what is about to be borrowed, as it is. */
function formerValues(
  { topology, desired, view }: CompareRequest,
  kindOf: ReadonlyMap<string, Kind>,
  observed: ReadonlyMap<ResourceId, Resource>,
): Readonly<Record<ResourceId, Resource>> {
  const former: Record<ResourceId, Resource> = {};
  for (const [id, wanted] of desired) {
    const kept = view.record?.former[id];
    const kind = observed.has(id) ? undefined : kindOf.get(wanted.kind);
    const value =
      kept ?? kind?.adopts?.(wanted, view, claimOf(topology, [wanted]))?.former ?? kind?.former?.(wanted, view);
    if (value !== undefined) former[id] = value;
  }
  return former;
}

function changeOf(
  kind: Kind,
  id: ResourceId,
  before: Resource | undefined,
  after: Resource,
  why?: string,
): Change | undefined {
  if (before === undefined) {
    return {
      action: 'add',
      kind,
      id,
      before,
      after,
      fields: [],
      reason: why ?? 'wanted, and not there',
      implied: false,
    };
  }
  const fields = kind.compare?.(after, before) ?? fieldDifferences(after, before);
  if (fields.length === 0) return undefined;
  const action = kind.replaces?.(before, after) === true ? 'replace' : 'change';
  const reason = why ?? `${fields.map((each) => each.field).join(', ')} differ${fields.length === 1 ? 's' : ''}`;
  return { action, kind, id, before, after, fields, reason, implied: false };
}

function removal(kind: Kind, id: ResourceId, before: Resource): Change {
  return {
    action: 'remove',
    kind,
    id,
    before,
    after: undefined,
    fields: [],
    reason: 'ours, and no longer wanted',
    implied: false,
  };
}

/** Top-level fields of the JSON that are not equal. */
export function fieldDifferences(wanted: Resource, found: Resource): readonly FieldDifference[] {
  if (sameJson(wanted, found)) return [];
  const expected = new Map<string, unknown>(Object.entries(wanted));
  const actual = new Map<string, unknown>(Object.entries(found));
  return [...new Set([...expected.keys(), ...actual.keys()])]
    .filter((field) => !sameJson(expected.get(field), actual.get(field)))
    .sort()
    .map((field) => ({ field, expected: expected.get(field) ?? null, found: actual.get(field) ?? null }));
}

/**
 * What goes takes other things with it: an address dies with its link, everything in a namespace with the namespace. What
 * is lost that way and still wanted is made anew; what is not wanted needs no command.
 */
function spreadLoss(
  changes: readonly Change[],
  desired: ReadonlyMap<ResourceId, Resource>,
  observed: ReadonlyMap<ResourceId, Resource>,
  kindOf: ReadonlyMap<string, Kind>,
): readonly Change[] {
  const lost = changes.filter((each) => each.action === 'remove' || each.action === 'replace').map((each) => each.id);
  if (lost.length === 0) return changes;
  const byId = new Map(changes.map((each) => [each.id, each]));
  const dependents = new Map<ResourceId, Resource[]>();
  for (const each of observed.values()) {
    for (const reference of kindOf.get(each.kind)?.refers(each) ?? []) {
      if (reference.diesWith) push(dependents, reference.to, each);
    }
  }
  const seen = new Set<ResourceId>();
  for (let id = lost.pop(); id !== undefined; id = lost.pop()) {
    for (const dependent of dependents.get(id) ?? []) {
      if (seen.has(dependent.id)) continue;
      seen.add(dependent.id);
      lost.push(dependent.id);
      const kind = kindOf.get(dependent.kind);
      if (kind === undefined) continue;
      const after = desired.get(dependent.id);
      byId.set(dependent.id, {
        action: after === undefined ? 'remove' : 'replace',
        kind,
        id: dependent.id,
        before: dependent,
        after,
        fields: [],
        reason: `goes with ${id}`,
        // What is still wanted is taken away by itself: its new self may be made before the other is gone.
        implied: after === undefined,
      });
    }
  }
  return [...byId.values()];
}

/** What is a part of something that is made anew becomes a part of it again. */
function rejoin(
  changes: readonly Change[],
  desired: ReadonlyMap<ResourceId, Resource>,
  observed: ReadonlyMap<ResourceId, Resource>,
  kindOf: ReadonlyMap<string, Kind>,
): readonly Change[] {
  const replaced = new Set(changes.filter(({ action }) => action === 'replace').map(({ id }) => id));
  if (replaced.size === 0) return changes;
  const byId = new Map(changes.map((each) => [each.id, each]));
  for (const before of observed.values()) {
    const { id } = before;
    const kind = kindOf.get(before.kind);
    const after = desired.get(id);
    const action = byId.get(id)?.action ?? 'change';
    if (kind === undefined || after === undefined || action !== 'change') continue;
    const anew = kind.refers(after).find(({ to, rejoins }) => rejoins === true && replaced.has(to));
    if (anew === undefined) continue;
    const fields = byId.get(id)?.fields ?? [];
    const reason = `joins ${anew.to} again`;
    byId.set(id, { action: 'replace', kind, id, before, after, fields, reason, implied: false });
  }
  return [...byId.values()];
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** The state that a plan is made from, as one text: equal texts mean that the plan still fits. */
export function observedText(observed: ReadonlyMap<ResourceId, Resource>): string {
  return canonicalJson([...observed.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
}
