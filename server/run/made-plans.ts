import { sameJson } from '../core/json.ts';
import type { HostView, ScopeView } from '../flow/hostview.ts';
import type { HostPlan, ShownHostPlan } from '../flow/plan.ts';
import type { Resource } from '../flow/resource.ts';

/**
 * Plans that this process made, and what each was made from: a host that is read again and is the very same leads to the very
 * same plan, which then need not be made twice. Planning is pure, so that this decides nothing but how long it takes.
 */
const made = new WeakMap<readonly Resource[], { readonly plan: HostPlan; readonly view: HostView }>();

export function rememberPlan(plan: HostPlan, view: HostView): void {
  made.set(plan.desired, { plan, view });
}

/** The host as it was when this process made the plan; `undefined` where another did. */
export function viewPlannedFrom({ desired }: HostPlan): HostView | undefined {
  return made.get(desired)?.view;
}

/** The plan that was agreed to, where this process made it from a host that looked just like this; `undefined`: make it again. */
export function planMadeFrom(view: HostView, agreed: ShownHostPlan): HostPlan | undefined {
  const known = made.get(agreed.desired);
  return known !== undefined && known.plan.fingerprint === agreed.fingerprint && sameView(known.view, view)
    ? known.plan
    : undefined;
}

function sameView(one: HostView, other: HostView): boolean {
  return (
    one.host === other.host &&
    one.scopes.size === other.scopes.size &&
    [...one.scopes].every(([name, scope]) => sameScope(scope, other.scopes.get(name))) &&
    sameJson(one.namespaces, other.namespaces) &&
    sameJson(one.path ?? null, other.path ?? null) &&
    sameJson(one.record, other.record)
  );
}

function sameScope(one: ScopeView, other: ScopeView | undefined): boolean {
  return other !== undefined && sameJson(plain(one), plain(other));
}

function plain({ links, sysctls, ...rest }: ScopeView): unknown {
  return { ...rest, links: [...links], sysctls: [...sysctls] };
}
