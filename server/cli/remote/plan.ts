/** `plan` on a server. */
import type { Plan } from '../../api/schema/plan.ts';
import { planReport } from '../../run/reports/plan.ts';
import type { Answer } from '../context.ts';
import type { PlanOptions } from '../verb-options.ts';
import type { CommonOptions } from '../topology-argument.ts';
import { onRightFile, requireNone, shown } from './right-file.ts';
import type { There } from './server.ts';

const KEEPS_ITS_OWN =
  'A server carries out only plans that it has made itself, and keeps each for a quarter of an hour. What is in a file could not be given to it; apply --server makes the plan again, and shows it before it asks.';

export function planThere(there: There, file: string | undefined, options: PlanOptions): Promise<Answer> {
  requireNone('--set', options.set);
  requireNone('--without', options.without);
  requireNone('-o', options.output, KEEPS_ITS_OWN);
  return onRightFile(there, file, async (name) => {
    const { diagnostics, ...answer } = await askPlan(there, name, options);
    const { topology, hosts, drift, reachability, notes, summary, forgotten, access } = answer;
    const placement = { hosts: [], failures: null, ...answer.placement, displaced: null };
    const planned = { topology, hosts, drift, reachability, notes, summary, forgotten, access, placement };
    return { ...planReport(planned, options), diagnostics: shown(diagnostics) };
  });
}

export function askPlan(there: There, name: string, { host, lab }: CommonOptions): Promise<Plan> {
  return there.call('POST /api/topologies/:name/plan', {
    params: { name },
    body: { lab: lab === true, ...(host === undefined ? {} : { hosts: [host] }) },
  });
}
