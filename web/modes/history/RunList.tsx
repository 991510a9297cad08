import type { RunEntry } from '../../../server/api/schema/runs.ts';
import { OUTCOMES, timeText } from '../../runs/words.ts';
import { RequestNotice } from '../../ui/FailureNotice.tsx';
import { Text } from '../../ui/Text.tsx';
import type { Stage } from '../mode.ts';
import { useRuns } from './useRuns.ts';

/** The runs, newest first: who, when, what, and what became of it. */
export function RunList({ stage }: { readonly stage: Stage }) {
  const all = stage.kept['all'] === 'yes' || stage.graph === null;
  const answered = useRuns(all ? null : stage.graph.topology);
  return (
    <>
      {stage.graph === null ? null : (
        <label className="tick which">
          <input
            type="checkbox"
            checked={all}
            onChange={(event) => {
              stage.keep({ all: event.target.checked ? 'yes' : null });
            }}
          />
          Of all topologies, also those that no file names any more
        </label>
      )}
      {answered.state === 'waiting' ? <p className="quiet pad">Reading the history …</p> : null}
      {answered.state === 'failed' ? <RequestNotice error={answered.error} what="read the history" /> : null}
      {answered.state === 'ready' ? (
        <>
          {answered.broken.length === 0 ? null : (
            <div className="verdict bad" role="alert">
              <b>The history was changed by somebody other than Trunkline</b>
              {answered.broken.map((each) => (
                <span key={each} className="said">
                  <Text>{each}</Text>
                </span>
              ))}
              <span className="said">Do not rely on that entry or on any behind it.</span>
            </div>
          )}
          {answered.runs.length === 0 ? (
            <div className="nothing">
              <b>No run yet</b>
              <p>
                What is applied, here or by trunkline apply on this machine, is written down: who, when, what, and how
                it ended.
              </p>
            </div>
          ) : (
            <Table
              runs={answered.runs}
              all={all}
              onOpen={(run) => {
                stage.enter('history', { run, ...(stage.kept['all'] === undefined ? {} : { all: stage.kept['all'] }) });
              }}
            />
          )}
          {answered.more === null ? null : (
            <button type="button" className="plain older" onClick={answered.more}>
              Older ones
            </button>
          )}
        </>
      ) : null}
    </>
  );
}

interface TableProps {
  readonly runs: readonly RunEntry[];
  readonly all: boolean;
  readonly onOpen: (run: string) => void;
}

function Table({ runs, all, onOpen }: TableProps) {
  return (
    <div className="runs">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            {all ? <th scope="col">Topology</th> : null}
            <th scope="col">What</th>
            <th scope="col">Who</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.run}>
              <th scope="row">
                <button
                  type="button"
                  className="link"
                  aria-label={`Run of ${timeText(run.started)}`}
                  onClick={() => {
                    onOpen(run.run);
                  }}
                >
                  {timeText(run.started)}
                </button>
              </th>
              {all ? (
                <td>
                  <Text>{run.topology}</Text>
                  {run.name === null ? <span className="badge">no file</span> : null}
                </td>
              ) : null}
              <td>
                <What run={run} />
              </td>
              <td>
                <Text>{run.who}</Text>
              </td>
              <td>
                <Result run={run} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** `+12 ~3 -1 on 2 hosts` */
export function What({ run: { summary, hosts, lab, undoes } }: { readonly run: RunEntry }) {
  const count = Object.keys(hosts).length;
  return (
    <>
      {summary === null ? null : (
        <span
          className="sums"
          aria-label={`${String(summary.add + summary.replace)} added, ${String(summary.change)} changed, ${String(summary.remove + summary.replace)} removed`}
        >
          <span className="sign add">+{summary.add + summary.replace}</span>{' '}
          <span className="sign change">~{summary.change}</span>{' '}
          <span className="sign remove">-{summary.remove + summary.replace}</span>
        </span>
      )}{' '}
      <span className="quiet">
        on {count} host{count === 1 ? '' : 's'}
      </span>
      {lab ? <span className="badge">lab</span> : null}
      {undoes === null ? null : <span className="badge">goes back</span>}
    </>
  );
}

export function Result({ run: { outcome } }: { readonly run: RunEntry }) {
  const [tone, word, means] = OUTCOMES[outcome];
  return (
    <span className={`outcome ${tone}`} title={means}>
      {word}
    </span>
  );
}
