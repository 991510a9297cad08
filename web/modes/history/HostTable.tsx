import type { RunEntry, RunResult } from '../../../server/api/schema/runs.ts';
import { compareNaturally } from '../../map/layout/order.ts';
import type { HostProgress } from '../../runs/live.ts';
import { HOST_RESULTS, STAGES } from '../../runs/words.ts';
import { Text } from '../../ui/Text.tsx';

interface HostTableProps {
  readonly entry: RunEntry;
  readonly progress: ReadonlyMap<string, HostProgress>;
  readonly result: RunResult | null;
}

/** How far each host is, or how it ended there. Screen readers are told when a host comes to another stage, not of every step. */
export function HostTable({ entry, progress, result }: HostTableProps) {
  const hosts = [...new Set([...Object.keys(entry.hosts), ...progress.keys()])].sort(compareNaturally);
  const told = hosts.flatMap((host) => {
    const at = progress.get(host);
    return at === undefined || result !== null ? [] : [`${host} ${STAGES[at.stage][1]}`];
  });
  return (
    <>
      <p className="unseen" aria-live="polite">
        {told.join(', ')}
      </p>
      <ul className="hosts" aria-label="Hosts">
        {hosts.map((host) => (
          <li key={host}>
            <b>
              <Text>{host}</Text>
            </b>
            <span className="quiet">
              <Text>{entry.hosts[host] ?? ''}</Text>
            </span>
            <HostNow ended={result?.hosts.find((each) => each.host === host)} at={progress.get(host)} />
          </li>
        ))}
      </ul>
    </>
  );
}

function HostNow({
  ended,
  at,
}: {
  readonly ended: RunResult['hosts'][number] | undefined;
  readonly at: HostProgress | undefined;
}) {
  if (ended !== undefined) {
    const [tone, word] = HOST_RESULTS[ended.result];
    const cut = ended.flows?.reduce((sum, each) => sum + (each.cut ?? 0), 0) ?? 0;
    return (
      <span className={`outcome ${tone}`}>
        {word}
        {cut > 0 ? `, ${String(cut)} flow${cut === 1 ? '' : 's'} cut` : ''}
      </span>
    );
  }
  if (at === undefined) return null;
  const [tone, word] = STAGES[at.stage];
  return (
    <>
      {at.of > 0 ? (
        <progress value={at.done} max={at.of} aria-label={`${String(at.done)} of ${String(at.of)} steps`} />
      ) : null}
      <span className={`outcome ${tone}`}>
        {word}
        {at.of > 0 && tone === 'busy' ? ` ${String(at.done)}/${String(at.of)}` : ''}
      </span>
    </>
  );
}
