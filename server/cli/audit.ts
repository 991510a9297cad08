import { readFile, writeFile } from 'node:fs/promises';
import { audit } from '../audit/audit.ts';
import { withBaseline } from '../audit/baseline.ts';
import { documentOf, FORMATS } from '../audit/formats/index.ts';
import type { AuditReport } from '../audit/report.ts';
import { countsText } from '../audit/formats/words.ts';
import { failsOn } from '../audit/report.ts';
import { sceneOf } from '../audit/scene.ts';
import type { FindingSeverity } from '../audit/severity.ts';
import { SEVERITIES } from '../audit/severity.ts';
import type { Suppression } from '../audit/suppressions.ts';
import { readSuppressions } from '../audit/suppressions.ts';
import { eachAtMost } from '../core/at-most.ts';
import { Failure } from '../core/failure.ts';
import type { Model } from '../flow/model.ts';
import { readSnapshot } from '../observe/read-snapshot.ts';
import type { SnapshotFolder } from '../observe/snapshot.ts';
import { requireWholeListings } from './whole-listings.ts';
import type { Looked, RecordedHost } from '../run/audited.ts';
import { lookAt, lookAtBoth, lookPlanned, statusNow } from '../run/audited.ts';
import { recordHost, recordOver } from '../run/snapshot.ts';
import type { Answer, DeclareVerb } from './context.ts';
import { chosenHosts, readingConnectionsFor } from '../operator/hosts.ts';
import { readAccess } from './read-access.ts';
import { hereOrThere, takesServer } from './remote/where.ts';
import type { AuditOptions, ShowReport } from './verb-options.ts';
import { readFolder } from './snapshot-folder.ts';
import { takesTopology, withModel } from './topology-argument.ts';
import { VERSION } from '../core/version.ts';

export const declareAudit: DeclareVerb = (command, answer) => {
  takesServer(takesTopology(command))
    .option(
      '--host <host>',
      'without FILE a host as it is: local, or ssh://root@gw-x.example.net; with FILE only this one of it',
    )
    .option('--snapshot <dir...>', 'hosts as these snapshots show them, without contact')
    .option('--against <dir...>', 'what changed since these snapshots of the same hosts: what is new, and what differs')
    .option('--planned', 'hosts as FILE wants them, without contact')
    .option('--lab', "look at the running lab's hosts")
    .option('-f, --format <format>', Object.keys(FORMATS).join(', '), 'table')
    .option('-o, --output <file>', 'write there, and only a line here')
    .option('--fail-on <severity>', `exit 4 where anything is found that is as bad, or worse: ${SEVERITIES.join(', ')}`)
    .option('--accepted <file>', 'findings that are accepted, each with a reason and an end')
    // One flag decides how everything is printed, failures too.
    .on('option:format', (format: string) => {
      if (format === 'json') command.setOptionValue('json', true);
    })
    .action(
      answer((_context, file: string | undefined, options: AuditOptions) => {
        const show = showAs(options);
        return hereOrThere(
          options,
          () => auditOf(file, options, show),
          async (there) => (await import('./remote/audit.ts')).auditThere(there, file, options, show),
        );
      }),
    );
};

/** Throws `usage` where the format or the threshold is none. */
function showAs({ format, output, failOn }: AuditOptions): ShowReport {
  const write = FORMATS[format];
  if (write === undefined)
    throw new Failure('usage', `No format ${JSON.stringify(format)}`, {
      detail: `There is ${Object.keys(FORMATS).join(', ')}.`,
    });
  const threshold = thresholdOf(failOn);
  return async (report) => {
    const shown = write(report, { version: VERSION, folder: process.cwd() });
    if (output !== undefined) await writeFile(output, shown);
    return {
      document: documentOf(report),
      text: output === undefined ? shown : `${lineOf(report)} ${output} holds all of it.\n`,
      exitCode: threshold !== null && failsOn(report, threshold) ? 4 : 0,
    };
  };
}

async function auditOf(file: string | undefined, options: AuditOptions, show: ShowReport): Promise<Answer> {
  const accepted = await acceptedIn(options.accepted);
  const former = await formerIn(options);
  const answer = async (
    subject: string,
    hosts: readonly RecordedHost[] | null,
    model: Model | null,
  ): Promise<Answer> => {
    const taken = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    return show(reportOn(subject, hosts, model, { former, taken, accepted }));
  };
  if (options.snapshot !== undefined && file === undefined) {
    const hosts = await recordedIn(options.snapshot);
    return answer(hosts.map(({ name }) => name).join(', '), hosts, null);
  }
  if (options.host !== undefined && file === undefined) {
    const host = readAccess(options.host);
    const found = recorded(host.name, await recordHost(host));
    return answer(found.name, [found], null);
  }
  return withModel(file, options, async (model) =>
    answer(model.topology, options.planned === true ? null : await live(model, options), model),
  );
}

/** Hosts that are asked at the same time. */
const AT_ONCE = 6;

async function live(model: Model, options: AuditOptions): Promise<readonly RecordedHost[]> {
  const folders = options.snapshot;
  if (folders !== undefined) return recordedIn(folders);
  const connectionOf = await readingConnectionsFor(model, options);
  return eachAtMost(AT_ONCE, chosenHosts(model, options), async (host) => ({
    ...recorded(host.name, await recordOver(connectionOf(host))),
    status: await statusNow(model, host.name, connectionOf),
  }));
}

/** @param hosts `null`: none is asked, and the file alone is judged */
function reportOn(
  subject: string,
  hosts: readonly RecordedHost[] | null,
  model: Model | null,
  { former, taken, accepted }: Told,
): AuditReport {
  const told = (name: string, looked: Looked): AuditReport => {
    const found = audit(sceneOf(looked), { subject: name, taken, accepted });
    return { ...found, notes: [...looked.notes, ...found.notes] };
  };
  if (hosts === null && model !== null) return told(subject, lookPlanned(model));
  const now = hosts ?? [];
  if (former === null) return told(subject, lookAt(now, model));
  // One host is the same host, whatever each of the two commands calls it.
  const [only, ...more] = now;
  const before = former.map((each) =>
    only !== undefined && more.length + former.length === 1 ? { ...each, name: only.name } : each,
  );
  const since = `${subject} as recorded at ${former.map(({ snapshot }) => snapshot.manifest.taken).join(', ')}`;
  return withBaseline(told(subject, lookAtBoth(now, before, model)), told(since, lookAt(before, model)));
}

interface Told {
  readonly former: readonly RecordedHost[] | null;
  readonly taken: string;
  readonly accepted: readonly Suppression[];
}

function formerIn({ against, planned }: AuditOptions): Promise<readonly RecordedHost[]> | null {
  if (against === undefined) return null;
  if (planned === true)
    throw new Failure('usage', '--planned has no state to compare', {
      detail: '--against compares hosts, or snapshots of them, with snapshots that were taken before.',
    });
  return recordedIn(against);
}

export async function recordedIn(folders: readonly string[]): Promise<readonly RecordedHost[]> {
  const hosts: RecordedHost[] = [];
  for (const folder of folders) {
    const files = await readFolder(folder);
    requireWholeListings(files);
    const snapshot = readSnapshot(files);
    const name = snapshot.manifest.host === '' ? folder : snapshot.manifest.host;
    if (hosts.some((each) => each.name === name))
      throw new Failure('usage', `Two snapshots of ${name}`, { detail: 'One audit looks at one state of each host.' });
    hosts.push({ name, snapshot });
  }
  return hosts;
}

function recorded(name: string, folder: SnapshotFolder): RecordedHost {
  return { name, snapshot: readSnapshot(folder) };
}

function thresholdOf(text: string | undefined): FindingSeverity | null {
  if (text === undefined) return null;
  const found = SEVERITIES.find((each) => each === text);
  if (found !== undefined) return found;
  throw new Failure('usage', `No severity ${JSON.stringify(text)}`, { detail: `There is ${SEVERITIES.join(', ')}.` });
}

async function acceptedIn(file: string | undefined): Promise<readonly Suppression[]> {
  if (file === undefined) return [];
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Failure('file-unreadable', `${file} cannot be read`, { cause: error });
  });
  return readSuppressions(file, text);
}

function lineOf({ subject, findings, suppressed, ledger }: AuditReport): string {
  const mappings = `${String(ledger.length)} port mapping${ledger.length === 1 ? '' : 's'}`;
  const accepted = suppressed.length === 0 ? '' : `, ${String(suppressed.length)} accepted`;
  return `${subject}: ${countsText(findings)}${accepted}; ${mappings}.`;
}
