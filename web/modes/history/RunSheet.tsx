import { useEffect, useMemo, useState } from 'react';
import type { Run } from '../../../server/api/schema/runs.ts';
import { call } from '../../client/client.ts';
import { useAnswer } from '../../client/useAnswer.ts';
import { useLive } from '../../runs/context.ts';
import { outputOf, progressOf } from '../../runs/live.ts';
import { KeepOrBack } from '../../runs/RunBanner.tsx';
import { OUTCOMES, timeText } from '../../runs/words.ts';
import { RequestNotice, ThreeThings } from '../../ui/FailureNotice.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { Text } from '../../ui/Text.tsx';
import type { Stage } from '../mode.ts';
import { marksOfPlan } from '../plan/marks.ts';
import '../plan/plan.css';
import { StepList } from '../plan/StepList.tsx';
import { GoBack } from './GoBack.tsx';
import { HostTable } from './HostTable.tsx';
import { What } from './RunList.tsx';
import { stateOfSteps } from './step-states.ts';

/** One run: how far it is or how it ended, what was agreed to, what it said, the map at that time, and the way back. */
export function RunSheet({ stage, name }: { readonly stage: Stage; readonly name: string }) {
  const live = useLive();
  const told = live.runs.find(({ run }) => run === name);
  // Asked again whenever something has become of it.
  const answered = useAnswer(`run ${name} ${told?.outcome ?? ''} ${told?.ended ?? ''}`, (signal) =>
    call('GET /api/runs/:run', { params: { run: name } }, signal),
  );
  const [known, setKnown] = useState<Run | null>(null);
  if (answered.state === 'ready' && known !== answered.value) setKnown(answered.value);
  if (answered.state === 'failed') return <RequestNotice error={answered.error} what="read the history" />;
  const run = answered.state === 'ready' ? answered.value : known;
  if (run === null) return <p className="quiet pad">Reading the run …</p>;
  return <Sheet stage={stage} run={told === undefined ? run : { ...run, run: told }} />;
}

function Sheet({ stage, run }: { readonly stage: Stage; readonly run: Run }) {
  const live = useLive();
  const { show, draw } = stage;
  const { run: entry, plan, result, graph } = run;
  const [tone, word, means] = OUTCOMES[entry.outcome];
  const progress = progressOf(run, live);
  const output = outputOf(run, live);
  const [past, setPast] = useState(false);
  const drawnGraph = past ? graph : stage.graph;
  const marks = useMemo(
    () =>
      plan === null || drawnGraph === null
        ? null
        : marksOfPlan({ topology: entry.topology, hosts: plan.hosts }, drawnGraph),
    [plan, drawnGraph, entry.topology],
  );
  useEffect(() => {
    draw(past && graph !== null ? { graph, says: `As it was planned on ${timeText(entry.started)}` } : null);
    show(marks === null ? null : { lit: null, marks: marks.marks });
  }, [draw, show, past, graph, marks, entry.started]);
  const stateOf = stateOfSteps(result, progress);
  return (
    <div className="sheet">
      <div className="verdicts">
        <p className={`verdict ${tone}`} role="status">
          <b>{word}</b> <What run={entry} />
          <span className="said">{means}</span>
        </p>
        <dl className="about">
          <div>
            <dt>Topology</dt>
            <dd>
              <Text>{entry.topology}</Text>
              {entry.name === null ? <span className="badge">no file names it any more</span> : null}
            </dd>
          </div>
          <div>
            <dt>Who</dt>
            <dd>
              <Text>{entry.who}</Text>
            </dd>
          </div>
          <div>
            <dt>Begun</dt>
            <dd>{timeText(entry.started)}</dd>
          </div>
          <div>
            <dt>Run</dt>
            <dd>
              <code>{entry.run}</code>
              {entry.undoes === null ? null : (
                <button
                  type="button"
                  className="link"
                  onClick={() => {
                    stage.enter('history', { run: entry.undoes ?? '' });
                  }}
                >
                  goes back from {entry.undoes}
                </button>
              )}
            </dd>
          </div>
        </dl>
        {run.failed === null ? null : <ThreeThings failed={run.failed} />}
        {entry.outcome === 'pending' ? <KeepOrBack run={entry} /> : null}
        <HostTable entry={entry} progress={progress} result={result} />
        <div className="on-map">
          {graph === null ? null : (
            <label className="tick">
              <input
                type="checkbox"
                checked={past}
                onChange={(event) => {
                  setPast(event.target.checked);
                }}
              />
              Show the map of that time
            </label>
          )}
          <GoBack stage={stage} run={entry} />
        </div>
      </div>
      <Tabs
        label="The run"
        tabs={[
          {
            id: 'steps',
            label: 'Steps',
            panel:
              plan === null ? (
                <p className="quiet pad">What was to be done is not written down.</p>
              ) : (
                <StepList hosts={plan.hosts} stateOf={stateOf} />
              ),
          },
          { id: 'output', label: 'Output', count: output.length, panel: <Lines lines={output} /> },
          {
            id: 'log',
            label: 'Log',
            count: run.entries.length,
            panel: <Lines lines={run.entries.map(({ at, who, event }) => ({ at, text: `${event} by ${who}` }))} />,
          },
          ...(run.files === null
            ? []
            : [{ id: 'files', label: 'Files', count: run.files.length, panel: <Files files={run.files} /> }]),
        ]}
      />
    </div>
  );
}

function Lines({ lines }: { readonly lines: readonly { readonly at: string; readonly text: string }[] }) {
  if (lines.length === 0) return <p className="quiet pad">Nothing is kept of it.</p>;
  return (
    <ol className="lines" tabIndex={0} aria-label="Lines, in order">
      {lines.map(({ at, text }, index) => (
        <li key={index}>
          <time dateTime={at}>{new Date(at).toLocaleTimeString()}</time> <Text>{text}</Text>
        </li>
      ))}
    </ol>
  );
}

function Files({ files }: { readonly files: NonNullable<Run['files']> }) {
  return (
    <div className="files">
      {files.map(({ name, text }) => (
        <section key={name} aria-label={name}>
          <h4>
            <Text>{name}</Text>
          </h4>
          <pre className="stdin" tabIndex={0} aria-label={`Text of ${name}`}>
            {text.split('\n').map((line, index) => (
              <span key={index}>
                <Text>{line.replaceAll('\t', '  ')}</Text>
                {'\n'}
              </span>
            ))}
          </pre>
        </section>
      ))}
    </div>
  );
}
