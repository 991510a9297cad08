import { useState } from 'react';
import type { RunEntry } from '../../server/api/schema/runs.ts';
import { call } from '../client/client.ts';
import { Text } from '../ui/Text.tsx';
import './runs.css';
import { useLive, useMay } from './context.ts';
import { clockText, pressing } from './live.ts';
import { useSecondsLeft } from './useClock.ts';

/** Opens a run wherever one is on the page. */
export type OpenRun = (run: RunEntry) => void;

/** Runs that go on or wait, above everything else on the page; what waits can be kept or undone from here. */
export function RunBanner({ onOpen }: { readonly onOpen: OpenRun }) {
  const live = useLive();
  return (
    <div className="banners" role="region" aria-label="Runs under way">
      {pressing(live).map((run) =>
        run.outcome === 'pending' ? (
          <Waiting key={run.run} run={run} onOpen={onOpen} />
        ) : (
          <Running key={run.run} run={run} onOpen={onOpen} />
        ),
      )}
      {live.line === 'lost' ? (
        <p className="banner lost" role="status">
          The server is not heard any more. What is shown may have changed; a run goes on without this page.
        </p>
      ) : null}
    </div>
  );
}

interface BannerProps {
  readonly run: RunEntry;
  readonly onOpen: OpenRun;
}

function Running({ run, onOpen }: BannerProps) {
  const { progress } = useLive();
  const hosts = [...(progress.get(run.run)?.values() ?? [])];
  const [done, of] = [hosts.reduce((sum, each) => sum + each.done, 0), hosts.reduce((sum, each) => sum + each.of, 0)];
  return (
    <div className="banner running">
      <span>
        <b>
          A run changes <Text>{run.topology}</Text>
        </b>
        {run.lab ? ' in the lab' : ''}
        {of === 0 ? '' : `: ${String(done)} of ${String(of)} steps`}
      </span>
      {of === 0 ? null : <progress value={done} max={of} aria-label="Steps done" />}
      <button
        type="button"
        className="link"
        onClick={() => {
          onOpen(run);
        }}
      >
        Watch it
      </button>
    </div>
  );
}

function Waiting({ run, onOpen }: BannerProps) {
  const left = useSecondsLeft(run.until);
  const over = left !== null && left <= 0;
  return (
    <div className="banner waiting" role="alertdialog" aria-label={`Keep the run on ${run.topology}?`}>
      <span>
        <b>
          <Text>{run.topology}</Text>
          {run.lab ? ' in the lab' : ''} was changed, and waits to be kept.
        </b>{' '}
        {over ? 'The time is up: every host goes back by itself.' : 'Without that, every host goes back by itself.'}
      </span>
      {left === null || over ? null : (
        <span className="countdown" role="timer" aria-label={`${clockText(left)} left`}>
          {clockText(left)}
        </span>
      )}
      <KeepOrBack run={run} disabled={over} />
      <button
        type="button"
        className="link"
        onClick={() => {
          onOpen(run);
        }}
      >
        Look at it
      </button>
    </div>
  );
}

/** The two answers to a run that waits. */
export function KeepOrBack({ run, disabled = false }: { readonly run: RunEntry; readonly disabled?: boolean }) {
  const [sent, setSent] = useState<'keep' | 'back' | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const may = useMay('apply');
  const params = { run: run.run };
  const answer = (which: 'keep' | 'back'): void => {
    setSent(which);
    setFailed(null);
    const asked =
      which === 'keep'
        ? call('POST /api/runs/:run/confirm', { params })
        : call('POST /api/runs/:run/rollback', { params, body: {} });
    asked.then(
      ({ hosts }) => {
        setFailed(
          hosts?.flatMap(({ host, problems }) => problems.map((each) => `${host}: ${each}`)).join('; ') || null,
        );
      },
      (error: unknown) => {
        setSent(null);
        setFailed(error instanceof Error ? error.message : String(error));
      },
    );
  };
  if (!may) return <span>Who may apply can keep it.</span>;
  return (
    <span className="keep-or-back">
      <button
        type="button"
        className="plain strong"
        disabled={disabled || sent !== null}
        onClick={() => {
          answer('keep');
        }}
      >
        {sent === 'keep' ? 'Keeping …' : 'Keep'}
      </button>
      <button
        type="button"
        className="plain"
        disabled={sent !== null}
        onClick={() => {
          answer('back');
        }}
      >
        {sent === 'back' ? 'Going back …' : 'Roll back now'}
      </button>
      {failed === null ? null : (
        <span role="alert" className="failed">
          <Text>{failed}</Text>
        </span>
      )}
    </span>
  );
}
