/** A plan that cuts the way by which it is applied: refused, or agreed to and armed. */
import { Failure } from '../core/failure.ts';
import type { Cut } from '../flow/plan.ts';

interface WithCuts {
  readonly host: string;
  readonly cuts: readonly Cut[];
}

/** Throws `own-path`, unless that was agreed to: nothing is changed then, on any host. */
export function refuseCuts(hosts: readonly WithCuts[], { allowCut = false }: { readonly allowCut?: boolean }): void {
  const cuts = hosts.flatMap((host) => host.cuts);
  if (allowCut || cuts.length === 0) return;
  const names = [...new Set(cuts.map(({ host }) => host))].join(', ');
  throw new Failure('own-path', `The plan cuts the way by which ${names} is reached, and nothing was changed`, {
    detail: cuts.map(({ step, title, path, reason }) => `step ${step}, ${title} (${path}): ${reason}`).join('\n'),
    toDo: [
      'Change the file so that the way stays, or make another way to the host first and use that.',
      'Where it is meant so: --allow-cut. Every host then goes back by itself, unless it is reached again over a new connection, or with --confirm-within unless a person confirms.',
    ],
  });
}
