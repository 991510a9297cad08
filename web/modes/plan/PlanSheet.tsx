import type { ReactNode } from 'react';
import type { Plan } from '../../../server/api/schema/plan.ts';
import { summaryLine } from '../../../server/flow/plan-words.ts';
import { Tabs } from '../../ui/Tabs.tsx';
import { Text } from '../../ui/Text.tsx';
import { Differences } from './Differences.tsx';
import type { FlowPacket } from './flows.ts';
import { lossesText } from './losses.ts';
import type { Gone } from './marks.ts';
import { StepList } from './StepList.tsx';
import { Traffic } from './Traffic.tsx';

interface PlanSheetProps {
  readonly plan: Plan;
  readonly gone: readonly Gone[];
  /** What is said where it has no steps. */
  readonly same?: string;
  readonly onFollow: ((packet: FlowPacket) => void) | null;
  /** What may be done with it. */
  readonly actions: ReactNode;
}

const SAME = 'The hosts are as the file wants them.';

/** A plan: its count, what stands in its way, its steps, the traffic that it opens and closes, and what differs. */
export function PlanSheet({ plan, gone, same = SAME, onFollow, actions }: PlanSheetProps) {
  const { reachability, drift, hosts, notes, forgotten } = plan;
  const flows = reachability === null ? 0 : reachability.opened.length + reachability.closed.length;
  const losses = lossesText(plan.agree.losses);
  const isEmpty = hosts.every(({ steps, obstacles }) => steps.length + obstacles.length === 0);
  return (
    <div className="sheet">
      <div className="verdicts">
        {isEmpty ? (
          <p className="verdict good">
            <b>No changes</b>
            <span className="said">{same}</span>
          </p>
        ) : (
          <p className={`verdict ${losses === '' ? 'good' : 'unsure'}`}>
            <b>{summaryLine(plan.summary)}</b>
            <span className="said">
              {losses === '' ? 'No packet is lost while it is made, and nothing is closed.' : losses}
            </span>
          </p>
        )}
        {plan.agree.blockedBy.length === 0 ? null : (
          <div className="verdict bad" role="alert">
            <b>It cannot be applied as it is</b>
            <ul>
              {plan.agree.blockedBy.map((each) => (
                <li key={each}>
                  <Text>{each}</Text>
                </li>
              ))}
            </ul>
          </div>
        )}
        {gone.length === 0 ? null : <GoneList gone={gone} />}
        {actions}
      </div>
      <Tabs
        label="The plan"
        tabs={[
          { id: 'steps', label: 'Steps', count: count(plan), panel: <StepList hosts={hosts} /> },
          {
            id: 'traffic',
            label: 'Traffic',
            count: flows,
            panel: <Traffic {...{ reachability, onFollow }} notes={reachability?.notes ?? notes} />,
          },
          {
            id: 'differences',
            label: 'Differences',
            count: drift.length + forgotten.length,
            panel: <Differences {...{ drift, forgotten }} />,
          },
        ]}
      />
    </div>
  );
}

function count({ summary: { add, change, remove, replace } }: Plan): number {
  return add + change + remove + replace;
}

/** What the map cannot show, since it shows what is planned. */
function GoneList({ gone }: { readonly gone: readonly Gone[] }) {
  return (
    <details className="gone" open={gone.length <= 5}>
      <summary>{gone.length} removed, and not on the map any more</summary>
      <ul>
        {gone.map(({ host, title, cost }) => (
          <li key={`${host} ${title}`}>
            <span className="sign remove">-</span> <Text>{title}</Text>{' '}
            <span className="quiet">
              on <Text>{host}</Text>
            </span>
            {cost === 'hitless' ? null : <span className={`cost ${cost}`}>{cost}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}
