import type { HostStage, Outcome, RunResult } from '../../server/api/schema/runs.ts';

type Tone = 'good' | 'bad' | 'unsure' | 'busy' | 'quiet';

/** What became of a run, in a word, and what that means. */
export const OUTCOMES: Readonly<Record<Outcome, readonly [tone: Tone, word: string, means: string]>> = {
  running: ['busy', 'Running', 'It is being made right now.'],
  pending: ['busy', 'Waits for you', 'It is in place. Keep it, or every host goes back by itself.'],
  refused: ['quiet', 'Refused', 'Nothing was changed.'],
  interrupted: [
    'unsure',
    'Broken off',
    'It was begun, and its end was never told. Hosts that were armed went back by themselves.',
  ],
  lapsed: ['unsure', 'Went back', 'Nobody kept it in time, so the hosts went back by themselves.'],
  confirmed: ['good', 'Kept', 'It is in place.'],
  applied: ['good', 'Applied', 'It is in place.'],
  undone: ['quiet', 'Undone', 'The hosts are as they were before it.'],
  failed: ['bad', 'Failed', 'It did not get to its end.'],
};

export const STAGES: Readonly<Record<HostStage, readonly [tone: Tone, word: string]>> = {
  reading: ['busy', 'being read'],
  planned: ['busy', 'planned'],
  ready: ['busy', 'ready'],
  changing: ['busy', 'being changed'],
  'waiting for the others': ['busy', 'waits for the others'],
  verifying: ['busy', 'being verified'],
  applied: ['good', 'changed, verified'],
  failed: ['bad', 'failed'],
  'taking back': ['unsure', 'being taken back'],
  'as it was': ['quiet', 'as it was before'],
  kept: ['good', 'kept'],
};

export const HOST_RESULTS: Readonly<Record<RunResult['hosts'][number]['result'], readonly [tone: Tone, word: string]>> =
  {
    applied: ['good', 'changed, verified'],
    unchanged: ['quiet', 'nothing to change'],
    undone: ['unsure', 'failed, and is as it was before'],
    failed: ['bad', 'failed, and could not be taken back whole'],
    'not-started': ['quiet', 'not started'],
  };

/** `21 Nov 2026, 07:15:02`, in the time zone of who looks. */
export function timeText(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}
