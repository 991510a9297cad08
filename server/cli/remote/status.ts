/** `status` on a server. */
import { noSuchHost } from '../../operator/hosts.ts';
import { statusReport } from '../../run/reports/status.ts';
import type { Answer } from '../context.ts';
import type { CommonOptions } from '../topology-argument.ts';
import { onRightFile, requireNone, shown } from './right-file.ts';
import { failureThere } from './server.ts';
import type { There } from './server.ts';

export function statusThere(there: There, file: string | undefined, options: CommonOptions): Promise<Answer> {
  requireNone('--set', options.set);
  const { host, lab } = options;
  const isAsked = (each: { readonly host: string }): boolean => host === undefined || each.host === host;
  return onRightFile(there, file, async (name) => {
    const { topology, hosts, live, forgotten, diagnostics } = await there.call('GET /api/topologies/:name/status', {
      ...{ params: { name }, query: { lab: String(lab === true) } },
    });
    if (host !== undefined && !live.some(isAsked))
      throw noSuchHost(
        host,
        topology,
        live.map((each) => each.host),
      );
    const failed = live.find((each) => isAsked(each) && each.failure !== null)?.failure ?? null;
    if (failed !== null) throw failureThere(failed);
    const report = statusReport({ topology, hosts: hosts.filter(isAsked), forgotten });
    return { ...report, diagnostics: shown(diagnostics) };
  });
}
