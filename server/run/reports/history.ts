/** Runs, and what became of them: what `trunkline history` says. */
import { Failure, failureDocument } from '../../core/failure.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { HostEnd } from '../window.ts';
import type { HostsReport } from './report.ts';

/** A run as history has it, of this machine or of a server. */
export interface ShownRun {
  readonly run: string;
  readonly topology: string;
  readonly who: string;
  readonly started: string;
  /** How each host is reached: `local`, `lab`, or a URL. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly outcome: string;
  /** When the first host goes back. */
  readonly until: string | null;
}

interface ShownEntry {
  readonly at: string;
  readonly who: string;
  readonly event: string;
}

export interface HistoryFound {
  readonly runs: readonly ShownRun[];
  /** Of one run: what was written down, and what its hosts say (`null`: they were not asked, as `notes` say). */
  readonly one?: { readonly entries: readonly ShownEntry[]; readonly hosts: readonly HostEnd[] | null };
  /** Where the history is not as it was written. */
  readonly broken: readonly string[];
  readonly notes?: readonly string[];
}

export function historyReport({ runs, one, broken, notes }: HistoryFound): HostsReport {
  const document = { runs, ...one, ...(notes === undefined ? {} : { notes }) };
  const { hosts = null, entries = [] } = one ?? {};
  const lines = [...runs.map(runLine), ...(hosts ?? []).map(endLine), ...entries.map(entryLine)].map(visibleText);
  const told = lines.length === 0 ? ['No run was made from here yet.'] : lines;
  const text = [...told, ...(notes ?? []).map((each) => `  (${each})`)].join('\n');
  if (broken.length === 0) return { document, text, exitCode: 0 };
  const failure = new Failure('history', 'The history was changed by somebody other than Trunkline', {
    detail: broken.join('\n'),
    toDo: ['Do not rely on that entry or on any behind it.'],
  });
  return { document, text, failure: failureDocument(failure), exitCode: 1 };
}

export function noSuchRun(run: string): Failure {
  return new Failure('usage', `There is no run ${JSON.stringify(run)} in the history`);
}

export function runLine({ run, topology, who, started, hosts, outcome, until }: ShownRun): string {
  const when =
    until === null
      ? ''
      : outcome === 'lapsed'
        ? ` (not confirmed from here by ${until}: undone by its hosts, unless somebody kept it there: trunkline history RUN asks them)`
        : ` until ${until}`;
  return `${run}  ${topology}  ${outcome}${when}  ${Object.keys(hosts).join(', ')}  ${who}  ${started}`;
}

const ENDS: Readonly<Record<HostEnd['end'], string>> = {
  kept: 'has kept it',
  undone: 'has undone it',
  'being-undone': 'is undoing it',
  waits: 'has it still open',
  gone: 'knows nothing of it (a host that was started anew since has undone it, unless it was kept)',
  unknown: 'does not answer',
};

function endLine({ host, end }: HostEnd): string {
  return `  ${host} ${ENDS[end]}`;
}

function entryLine({ at, who, event }: ShownEntry): string {
  return `  ${at}  ${event}  ${who}`;
}
