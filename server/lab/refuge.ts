/**
 * A lab without one of its hosts: cut off, and who is protected there started again on others, as `apply --without` does it.
 * Comes in: a model, its running lab, the host. Afterwards everything is where it was.
 */
import { Failure } from '../core/failure.ts';
import type { Model } from '../flow/model.ts';
import type { ProbePlan } from '../flow/probe.ts';
import { modelWithout } from '../model/placement/elsewhere.ts';
import { applyModel } from '../run/apply.ts';
import { withoutHost } from './fault/fail.ts';
import { makeWhatIsFound } from './found.ts';
import { connectionWithGuests } from './free-ends.ts';
import { attachGuests, refuseUnattached } from './guests.ts';
import { attachInternet } from './internet.ts';
import type { Lab } from './lab.ts';
import { dropMisplaced } from './misplaced.ts';

/** For whoever holds the lab. Throws `lab` where somebody could not be started elsewhere, or brought back. */
export async function withRefuge(
  model: Model,
  lab: Lab,
  { host, internet }: { readonly host: string; readonly internet: ProbePlan['internet'] },
  work: () => Promise<void>,
): Promise<void> {
  const without = modelWithout(model, [host]);
  if (without === model) {
    await withoutHost(model, lab, host, work);
    return;
  }
  const others = [...model.hosts.keys()].filter((name) => name !== host);
  try {
    await withoutHost(model, lab, host, async () => {
      await settleOn(without, lab, others, internet);
      await work();
    });
  } finally {
    await settleOn(model, lab, [...model.hosts.keys()], internet);
  }
}

async function settleOn(
  model: Model,
  lab: Lab,
  hosts: readonly string[],
  internet: ProbePlan['internet'],
): Promise<void> {
  await dropMisplaced(model, lab);
  await makeWhatIsFound(model, lab);
  const run = await applyModel(model, (host) => connectionWithGuests(model, lab, host), { hosts });
  const failed = run.hosts.find(({ failure }) => failure !== null);
  if (failed !== undefined)
    throw new Failure('lab', `The guests of a lost host could not be started on ${failed.host}`, {
      detail: failed.failure?.summary ?? failed.result,
      toDo: ['Bring the lab up to date: trunkline lab up FILE'],
    });
  refuseUnattached(await attachGuests(model, lab));
  await attachInternet(model, internet, lab);
}
