/** The whole state of a topology's hosts, for an audit: read here, judged by whoever has no rights. Changes nothing. */
import { eachAtMost } from '../core/at-most.ts';
import { statusNow } from '../run/audited.ts';
import { recordOver } from '../run/snapshot.ts';
import type { HostRecord } from './host-record.ts';
import { chosenHosts, readingConnectionsFor } from './hosts.ts';
import { compileTopology } from './make-plan.ts';

const READ_AT_ONCE = 6;

export async function recordHosts(folder: string, name: string, lab: boolean): Promise<readonly HostRecord[]> {
  const { model } = await compileTopology(folder, name);
  const connectionOf = await readingConnectionsFor(model, { lab });
  return eachAtMost(READ_AT_ONCE, chosenHosts(model, { lab }), async (host) => {
    const files = await recordOver(connectionOf(host));
    return {
      name: host.name,
      files: Object.fromEntries([...files].map(([file, bytes]) => [file, bytes.toString('base64')])),
      status: await statusNow(model, host.name, connectionOf),
    };
  });
}
