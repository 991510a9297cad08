import { failuresTogether } from '../core/failure.ts';
import type { HostRunResult, RunResult } from '../flow/run.ts';
import { flowLines } from '../run/cut-flows.ts';
import type { Answer } from './context.ts';

/**
 * What `apply` and `destroy` answer: a line a host, and the three things where it failed.
 * @param lab whether it was a lab's hosts: what keeps the run has to say so too.
 */
export function runAnswer(result: RunResult, { lab = false }: { readonly lab?: boolean | undefined } = {}): Answer {
  const failures = result.hosts.flatMap((host) =>
    host.failure === null ? [] : [{ host: host.host, failure: host.failure }],
  );
  const starts = lab ? [] : atBootLines(result.topology, result.hosts);
  const text = [...result.hosts.flatMap(hostLines), ...starts, ...waiting(result, lab ? ' --lab' : '')].join('\n');
  const document = { run: result.run, topology: result.topology, hosts: result.hosts };
  const failure = failuresTogether(failures);
  return failure === undefined ? { document, text, exitCode: 0 } : { document, text, failure, exitCode: 1 };
}

/** Where what was kept does not come back when the host starts. */
export function atBootLines(
  topology: string,
  hosts: readonly Pick<HostRunResult, 'host' | 'atBoot'>[],
): readonly string[] {
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
