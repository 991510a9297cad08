/**
 * Breaking a running lab and mending it. Comes in: a model, its running lab, what to break and how. The nodes keep all their
 * state; what is broken stays so through plans and tests until it is healed or the lab is brought up again.
 */
import { Failure } from '../../core/failure.ts';
import { nearestHint } from '../../core/nearest.ts';
import type { Model } from '../../flow/model.ts';
import type { Lab } from '../lab.ts';
import { holdingLab } from '../lock.ts';
import { CUT, howText } from './how.ts';
import type { How } from './how.ts';
import { faultText, readFaults, writeFaults } from './record.ts';
import type { End, Fault } from './record.ts';
import { settleFaults } from './settle.ts';
import { cablesOf, cablesOfHost } from './targets.ts';

/** What is broken in a lab, in the order that it was. */
export function labFaults(lab: Lab): Promise<readonly Fault[]> {
  return readFaults(lab.folder);
}

/**
 * Breaks a node or link; broken in another way already, it is broken in this way from now on. Gives all that is broken then.
 * Throws `usage` where there is no such target, `unsupported` where the kernel cannot, `lab` where it is broken so already.
 */
export async function labFail(model: Model, lab: Lab, target: string, how: How): Promise<readonly Fault[]> {
  const cables = cablesOf(model, target);
  return holdingLab(lab.topology, lab.folder, async () => {
    const before = await readFaults(lab.folder);
    const former = before.find((fault) => fault.target === target);
    if (former !== undefined && howText(former.how) === howText(how)) {
      throw new Failure('lab', `${faultText(former)} is broken already`, {
        toDo: [`To mend it: trunkline lab heal FILE ${target}`],
      });
    }
    const after = [...before.filter((fault) => fault !== former), { target, how, cables }];
    // Written first: a run that is killed leaves nothing broken that nobody knows of.
    await writeFaults(lab.folder, after);
    try {
      refuseGone(await settleFaults(lab, before, after));
    } catch (error) {
      await settleFaults(lab, after, before);
      await writeFaults(lab.folder, before);
      throw error;
    }
    return after;
  });
}

function refuseGone(ends: readonly End[]): void {
  if (ends.length === 0) return;
  throw new Failure('lab', 'The lab lacks interfaces that are to be broken', {
    detail: ends
      .map(({ node, namespace, device }) => `${device} in ${namespace === null ? node : `${namespace} on ${node}`}`)
      .join(', '),
    toDo: ['Bring the lab up to date: trunkline lab up FILE'],
  });
}

/** Mends a target, or all where there is none. Gives what was mended and what is still broken. Throws `lab` where the target is not broken. */
export async function labHeal(
  lab: Lab,
  target: string | null,
): Promise<{ readonly healed: readonly Fault[]; readonly faults: readonly Fault[] }> {
  return holdingLab(lab.topology, lab.folder, async () => {
    const before = await readFaults(lab.folder);
    const healed = before.filter((fault) => target === null || fault.target === target);
    if (healed.length === 0 && target !== null) throw notBroken(target, before);
    const faults = before.filter((fault) => !healed.includes(fault));
    await settleFaults(lab, before, faults);
    await writeFaults(lab.folder, faults);
    return { healed, faults };
  });
}

function notBroken(target: string, faults: readonly Fault[]): Failure {
  const hint = nearestHint(
    target,
    faults.map((fault) => fault.target),
  );
  const broken = faults.length === 0 ? 'Nothing is.' : `There is ${faults.map(faultText).join(', ')}.`;
  return new Failure('lab', `${target} is not broken`, {
    detail: hint === undefined ? broken : `${hint} ${broken}`,
  });
}

/** For whoever holds the lab: all is mended, and what was broken is given. */
export async function healAll(lab: Lab): Promise<readonly Fault[]> {
  const faults = await readFaults(lab.folder);
  if (faults.length > 0) await settleFaults(lab, faults, []);
  await writeFaults(lab.folder, []);
  return faults;
}

/** For whoever holds the lab: a plan sets ports up that it finds down, and what is broken has to stay so. */
export async function holdFaults(lab: Lab): Promise<void> {
  const faults = await readFaults(lab.folder);
  if (faults.length > 0) await settleFaults(lab, faults, faults);
}

/** Runs `work` while a host is cut off as well; whatever comes of it, only what was broken before is broken afterwards. */
export async function withoutHost<T>(model: Model, lab: Lab, host: string, work: () => Promise<T>): Promise<T> {
  const before = await readFaults(lab.folder);
  const meanwhile = [...before, { target: host, how: CUT, cables: cablesOfHost(model, host) }];
  // Written down as well: whoever comes after a run that was killed finds out, and another `up` mends it.
  await writeFaults(lab.folder, meanwhile);
  try {
    await settleFaults(lab, before, meanwhile);
    return await work();
  } finally {
    await settleFaults(lab, meanwhile, before);
    await writeFaults(lab.folder, before);
  }
}
