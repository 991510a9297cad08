/** In: the result of a run, or how far its hosts are. Out: what has become of each step. Pure. */
import type { RunResult } from '../../../server/api/schema/runs.ts';
import type { HostProgress } from '../../runs/live.ts';
import type { StepState } from '../plan/StepRow.tsx';

/** Steps of a host are carried out in their order: as many as were told of are done. */
export function stateOfSteps(
  result: RunResult | null,
  progress: ReadonlyMap<string, HostProgress>,
): (step: string) => StepState | undefined {
  const ended = new Map(result?.hosts.flatMap(({ steps }) => steps.map((step) => [step.id, step.result] as const)));
  return (id) => {
    const known = ended.get(id);
    if (known !== undefined || result !== null) return known;
    const [, host = '', number = ''] = /^(.*)\/(\d+)$/.exec(id) ?? [];
    const at = progress.get(host);
    if (at === undefined) return undefined;
    if (Number(number) <= at.done) return 'done';
    return Number(number) === at.done + 1 && at.stage === 'changing' ? 'now' : undefined;
  };
}
