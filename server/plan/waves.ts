/**
 * Stage: plans → the waves that they are applied in. A wave begins when the one before has come to a good end on all of its
 * hosts: what is wrong with a plan shows on a few hosts, and the others were never touched.
 */
import { Failure } from '../core/failure.ts';
import type { HostPlan } from '../flow/plan.ts';

export interface Wave {
  readonly hosts: readonly string[];
  /** They depend on each other: phase by phase, each begun when the one before is over on all of them. */
  readonly together: boolean;
  /** Goes first, alone, in every phase. */
  readonly canary: string | null;
}

export interface WaveOptions {
  /** So many hosts at a time. */
  readonly parallel: number;
  /** Alone, before all others; among hosts that depend on each other, in each of their phases. */
  readonly canary?: string | undefined;
}

/** Throws `usage` where the canary is no host of the plan. Hosts with nothing to change are in no wave. */
export function wavesOf(
  hosts: readonly Pick<HostPlan, 'host' | 'together' | 'steps'>[],
  { parallel, canary }: WaveOptions,
): readonly Wave[] {
  refuseUnknown(hosts, canary);
  const changing = hosts.filter(({ steps }) => steps.length > 0);
  const together = changing.filter((each) => each.together === true).map(({ host }) => host);
  const others = changing.map(({ host }) => host).filter((host) => !together.includes(host));
  const alone = others.filter((host) => host === canary);
  const rest = others.filter((host) => host !== canary);
  const first = together.filter((host) => host === canary);
  return [
    ...(alone.length === 0 ? [] : [{ hosts: alone, together: false, canary: alone[0] ?? null }]),
    ...(together.length === 0
      ? []
      : [
          {
            hosts: [...first, ...together.filter((host) => host !== canary)],
            together: true,
            canary: first[0] ?? null,
          },
        ]),
    ...chunks(rest, parallel).map((chunk) => ({ hosts: chunk, together: false, canary: null })),
  ];
}

function refuseUnknown(hosts: readonly Pick<HostPlan, 'host'>[], canary: string | undefined): void {
  if (canary === undefined || hosts.some(({ host }) => host === canary)) return;
  throw new Failure('usage', `No host ${JSON.stringify(canary)} in this plan`, {
    detail: `It has: ${hosts.map(({ host }) => host).join(', ')}.`,
  });
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  if (items.length <= size) return items.length === 0 ? [] : [items];
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
