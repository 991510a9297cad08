/**
 * Stage: desired state → the steps that make it where nothing of it is there, as on a machine that has just started. Nobody is
 * asked then: nothing stands in the way, and what is borrowed is whatever it is found to be.
 */
import type { HostView } from '../flow/hostview.ts';
import type { Step } from '../flow/plan.ts';
import type { DesiredState } from '../flow/resource.ts';
import type { Kind } from '../kinds/kind.ts';
import { planHost } from './host.ts';

export function firstSteps(desired: DesiredState, kinds: readonly Kind[]): readonly Step[] {
  const view: HostView = { host: desired.host, scopes: new Map(), namespaces: [], record: null };
  return planHost(desired, view, kinds.map(unasked)).steps;
}

function unasked(kind: Kind): Kind {
  return { ...kind, obstacle: () => undefined, former: () => undefined, keeps: () => [] };
}
