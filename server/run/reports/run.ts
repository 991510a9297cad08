/** What became of a run: what `apply`, `destroy`, `confirm` and `rollback` say. */
import { failuresTogether } from '../../core/failure.ts';
import type { HostRunResult, RunResult } from '../../flow/run.ts';
import { flowLines } from '../cut-flows.ts';
import type { WindowResult } from '../window.ts';
import type { HostsReport } from './report.ts';

/** Where a run was made. */
interface Where {
  /** On a lab's hosts: what keeps the run has to say so too. */
  readonly lab?: boolean | undefined;
  /** On this server, for the same reason; left out where it need not be said. */
  readonly server?: string | undefined;
}

/** What `apply` and `destroy` answer: a line a host, and the three things where it failed. */
export function runReport(result: RunResult, { lab = false, server }: Where = {}): HostsReport {
  const failures = result.hosts.flatMap((host) =>
    host.failure === null ? [] : [{ host: host.host, failure: host.failure }],
  );
  const starts = lab ? [] : atBootLines(result.topology, result.hosts);
  const text = [
    ...result.hosts.flatMap(hostLines),
    ...starts,
    ...waiting(result, `${lab ? ' --lab' : ''}${server === undefined ? '' : ` --server ${server}`}`),
  ].join('\n');
  const document = { run: result.run, topology: result.topology, hosts: result.hosts };
  const failure = failuresTogether(failures);
  return failure === undefined ? { document, text, exitCode: 0 } : { document, text, failure, exitCode: 1 };
}

/** Where what was kept does not come back when the host starts. */
function atBootLines(topology: string, hosts: readonly Pick<HostRunResult, 'host' | 'atBoot'>[]): readonly string[] {
  return hosts.flatMap(({ host, atBoot }) => {
    if (atBoot === 'no-systemd')
      return [
        `${host}: there is no systemd, so nothing makes this again when it starts: have it run sh /etc/trunkline/${topology}/current/restore before its networks come up`,
      ];
    if (atBoot === 'unwritten')
      return [
        `${host}: what makes this again when it starts could not be put in place: look at /etc there, then apply again`,
      ];
    return [];
  });
}

/** Until when a run waits, and what keeps it. */
function waiting({ run, hosts }: RunResult, where: string): readonly string[] {
  const until = hosts.flatMap((host) => (host.confirmed === false ? (host.until ?? []) : [])).sort()[0];
  if (until === undefined || hosts.some((host) => host.failure !== null)) return [];
  return [
    `Not confirmed yet: at ${until} every host undoes this by itself.`,
    `Keep it: trunkline confirm ${run}${where}`,
    `Undo it now: trunkline rollback ${run}${where}`,
  ];
}

/** With what became of established flows, which a line of progress may have told before: it is what the run did. */
function hostLines(host: HostRunResult): readonly string[] {
  return [hostLine(host), ...(host.flows ?? []).flatMap((each) => flowLines(host.host, each))];
}

function hostLine(host: HostRunResult): string {
  const changes = host.steps.length;
  switch (host.result) {
    case 'unchanged':
      return `${host.host}: nothing to change`;
    case 'applied':
      return `${host.host}: ${String(changes)} steps done, verified`;
    case 'undone':
      return `${host.host}: failed, and is as it was before`;
    case 'failed':
      return `${host.host}: failed, and could not be taken back whole`;
    case 'not-started':
      return `${host.host}: not started`;
  }
}

interface Ended {
  readonly run: string;
  readonly topology: string;
  readonly hosts: readonly WindowResult[];
}

/** What `confirm` answers. */
export function confirmedReport({ run, topology, hosts }: Ended, { lab = false }: Where): HostsReport {
  const starts = lab ? [] : atBootLines(topology, hosts);
  const text = [...hosts.map(({ host }) => `${host}: confirmed`), ...starts, `Run ${run} is kept.`].join('\n');
  return { document: { run, topology, hosts }, text, exitCode: 0 };
}

/** What `rollback` answers of a run that was still open. */
export function undoneReport({ run, topology, hosts }: Ended, where: Where): HostsReport {
  const text = [...hosts.flatMap(undoneLines), `Run ${run} is undone.`, ...plugAgain(where)].join('\n');
  const problems = hosts.flatMap((each) => each.problems);
  return { document: { run, topology, hosts }, text, exitCode: problems.length === 0 ? 0 : 1 };
}

/** What `rollback` answers of a run that was kept. @param result of the run that went back. */
export function backReport(undoes: string, result: RunResult, where: Where): HostsReport {
  const report = runReport(result, where);
  const done = report.exitCode === 0 ? [`The hosts of run ${undoes} are as they were before it.`] : [];
  return {
    ...report,
    document: { ...report.document, undoes },
    text: [report.text, ...done, ...plugAgain(where)].join('\n'),
  };
}

/** An end that was made anew lies on its host, and not in its guest. */
function plugAgain({ lab = false }: Where): readonly string[] {
  return lab ? ['Guests of the lab whose ends were made anew are plugged in again by: trunkline lab up FILE'] : [];
}

function undoneLines({ host, problems, flows = [] }: WindowResult): readonly string[] {
  const lines = problems.map((line) => `\n  ! ${line}`).join('');
  const done = problems.length === 0 ? `${host}: undone` : `${host}: undone, but for what failed:${lines}`;
  return [done, ...flows.flatMap((each) => flowLines(host, each))];
}
