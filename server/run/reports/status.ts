/** Hosts compared with what they were left as, and with the file: what `trunkline status` says. */
import { visibleText } from '../../core/visible-text.ts';
import { describeRun } from '../pending.ts';
import type { FileChange, HostDrift, HostStatus, MemberRole } from '../status.ts';
import type { Forgotten } from './forgotten.ts';
import { forgottenLines } from './forgotten.ts';
import type { HostsReport } from './report.ts';

interface StatusFound {
  readonly topology: string;
  readonly hosts: readonly HostStatus[];
  readonly forgotten: readonly Forgotten[];
}

export function statusReport({ topology, hosts, forgotten }: StatusFound): HostsReport {
  const differs =
    hosts.some(({ drift, foreign, fileChanges }) => drift.length + foreign.length + fileChanges.length > 0) ||
    forgotten.some((each) => each.topology === topology);
  return {
    document: { topology, hosts, forgotten, notes: hosts.flatMap(({ notes }) => notes) },
    text: [...hosts.flatMap(hostLines), ...forgottenLines(forgotten)].map(visibleText).join('\n'),
    exitCode: differs ? 2 : 0,
  };
}

function hostLines(status: HostStatus): readonly string[] {
  const { host, run, kept, unchanged, drift, foreign, fileChanges, undoneInPart, members, notes } = status;
  const as = kept === null ? 'wanted' : `kept in run ${kept.run}`;
  return [
    `${host}: ${String(unchanged)} as ${as}, ${String(drift.length)} not, ${String(foreign.length)} foreign in the way`,
    ...(run === null ? [] : [`  ${describeRun(run)}`]),
    ...(drift.length === 0 || kept === null ? [] : ['  changed on the host since:']),
    ...drift.map((each) => `  ${driftLine(each, kept === null ? 'in the file' : 'kept')}`),
    ...foreign.map((each) => `  ! ${each.resource}: ${each.detail}`),
    ...(fileChanges.length === 0 ? [] : ['  changed in the file since:']),
    ...fileChanges.map((each) => `  ${fileLine(each)}`),
    ...undoneInPart.flatMap((each) => [
      `  run ${each.run} was undone there, but for what failed:`,
      ...each.problems.map((line) => `    ! ${line}`),
    ]),
    ...members.map(({ namespace, role }) => `  ${namespace}: ${role === null ? 'no role' : ROLE_TEXTS[role]}`),
    ...notes.map((each) => `  (${each})`),
  ];
}

const ROLE_TEXTS: Readonly<Record<NonNullable<MemberRole['role']>, string>> = {
  master: 'master',
  backup: 'backup',
  fault: 'fault: a cable is pulled that the gateway needs',
};

function driftLine({ resource, field, expected, found, by }: HostDrift, where: string): string {
  const who = by === null ? '' : ` (${by})`;
  if (field === 'present')
    return expected === true ? `${resource} is missing${who}` : `${resource} is ours and not ${where}${who}`;
  return `${resource} ${field}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}${who}`;
}

function fileLine({ resource, field, kept, wanted }: FileChange): string {
  if (field === 'present') return wanted === true ? `${resource} is new` : `${resource} is no longer in it`;
  return `${resource} ${field}: was ${JSON.stringify(kept)}, is ${JSON.stringify(wanted)}`;
}
