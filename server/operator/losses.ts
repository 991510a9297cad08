/** What a plan loses, and what has to be agreed to before it is carried out. */
import type { Plan as PlanAnswer, Loss } from '../api/schema/plan.ts';
import { Failure } from '../core/failure.ts';
import type { Plan } from '../flow/plan.ts';
import type { Reachability } from '../flow/reachability.ts';
import type { Consent } from '../run/consent.ts';

/** Of more than this many nobody reads the rest: the plan itself has them all. */
const MOST_LISTED = 200;

export function agreeTo(plan: Plan, traffic: Reachability | null): PlanAnswer['agree'] {
  const losses = lossesOf(plan, traffic);
  const obstacles = plan.hosts.flatMap((host) => host.obstacles);
  const has = (sort: (typeof obstacles)[number]['sort']): boolean => obstacles.some((each) => each.sort === sort);
  return {
    typed: losses.length === 0 ? null : plan.topology,
    losses: losses.slice(0, MOST_LISTED),
    allowCut: plan.hosts.some(({ cuts }) => cuts.length > 0),
    adopt: has('adoptable'),
    discardUnknown: has('unrestorable'),
    blockedBy: obstacles
      .filter(({ sort }) => sort === 'foreign')
      .map(({ host, resource, detail }) => `${host}: ${resource}: ${detail}`),
  };
}

function lossesOf({ hosts }: Plan, traffic: Reachability | null): readonly Loss[] {
  const closes = traffic === null || traffic.closed.length > 0;
  const ofHosts = hosts.flatMap(({ host, steps, cuts, obstacles }): readonly Loss[] => [
    ...cuts.map(({ step, title, path, reason }) => ({
      ...{ sort: 'cuts-path' as const, host, step },
      text: `${title} (${path}): ${reason}`,
    })),
    ...obstacles
      .filter(({ sort }) => sort === 'unrestorable')
      .map(({ resource, detail }) => ({ sort: 'discards' as const, host, step: null, text: `${resource}: ${detail}` })),
    ...steps
      .filter(({ cost }) => cost !== 'hitless')
      .map(({ id, title, cost, reason }) => ({
        ...{ sort: 'interrupts' as const, host, step: id },
        text: `${title} (${cost}): ${reason}`,
      })),
    // Where nothing is closed, no established flow is one that the rules no longer cover.
    ...steps
      .filter(({ cutsFlowsIn, before }) => cutsFlowsIn !== undefined && before !== null && closes)
      .map(({ id, title }) => ({ sort: 'cuts-flows' as const, host, step: id, text: title })),
  ]);
  const ofTraffic = (traffic?.closed ?? []).map(({ services, from, to, via }) => ({
    ...{ sort: 'closes' as const, host: null, step: null },
    text: `${services.join(', ')} from ${from} to ${to.join(', ')} by ${via}`,
  }));
  return [...ofHosts, ...ofTraffic];
}

/** What somebody says when he applies a plan. */
export interface Agreed {
  readonly typed?: string | undefined;
  readonly confirmWithinS?: number | undefined;
  readonly allowCut?: boolean | undefined;
  readonly adopt?: boolean | undefined;
  readonly discardUnknown?: boolean | undefined;
  readonly parallel?: number | undefined;
  readonly canary?: string | undefined;
  readonly keepGoing?: boolean | undefined;
}

/** Throws `usage` where what has to be typed was not. */
export function refuseUntyped({ typed }: PlanAnswer['agree'], agreed: Agreed): void {
  if (typed === null || agreed.typed === typed) return;
  throw new Failure('usage', 'Not agreed to: nothing was changed', {
    detail: `This plan loses something: \`typed\` has to be ${JSON.stringify(typed)}.`,
  });
}

export function consentOf({ typed: _typed, ...agreed }: Agreed): Consent {
  return Object.fromEntries(Object.entries(agreed).filter(([, value]) => value !== undefined));
}
