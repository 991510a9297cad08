/** A plan, and the traffic that it opens and closes: what `trunkline plan` says. */
import type { PlanDocument } from '../../plan/document.ts';
import { planText } from '../../plan/text.ts';
import type { Displaced, Placement } from '../placement.ts';
import { displacedLines, placementLines } from '../placement.ts';
import type { Forgotten } from './forgotten.ts';
import { forgottenLines } from './forgotten.ts';
import type { HostsReport } from './report.ts';
import { trafficLines } from './traffic.ts';

interface Planned extends Omit<PlanDocument, 'formatVersion'> {
  readonly forgotten: readonly Forgotten[];
  /** How many hosts may fail, and who is started where without some. */
  readonly placement: Placement & { readonly displaced: Displaced | null };
  /** How each host is reached. */
  readonly access: Readonly<Record<string, string>>;
}

interface PlanShown {
  /** Only what changes, without commands. */
  readonly summary?: boolean;
  /** Exit with 2 where there is something to change. */
  readonly detailedExitcode?: boolean;
}

export function planReport(planned: Planned, { summary = false, detailedExitcode = false }: PlanShown): HostsReport {
  const { hosts, reachability, forgotten, placement } = planned;
  const blocked = hosts.some((host) => host.obstacles.some(({ sort }) => sort !== 'adoptable'));
  const changes = hosts.some((host) => host.steps.length > 0);
  const traffic = reachability === null ? [] : trafficLines(reachability, changes);
  return {
    document: { ...planned },
    text: [
      ...(placement.displaced === null ? [] : [...displacedLines(placement.displaced), '']),
      planText(planned, { summary, traffic }).trimEnd(),
      ...placementLines(placement),
      ...forgottenLines(forgotten),
      '',
    ].join('\n'),
    exitCode: blocked ? 1 : changes && detailedExitcode ? 2 : 0,
  };
}
