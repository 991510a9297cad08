import type { HostView } from '../../flow/hostview.ts';
import type { Claim } from '../kind.ts';
import { scopeField } from '../link-fields.ts';
import { healthCheckId, tableOf } from './desire.ts';
import type { HealthCheck } from './resource.ts';

/** A folder is ours where it says so; everything in it was put there by us. */
export function observeHealthChecks(view: HostView, { topology }: Claim<HealthCheck>): readonly HealthCheck[] {
  return (view.services ?? []).flatMap(({ scope, name, files, running }): HealthCheck[] => {
    if (name !== 'bash' || !scopeField.safeParse(scope).success || files['topology'] !== `${topology}\n`) return [];
    return [{ kind: 'balance', id: healthCheckId(scope), scope, files, table: tableOf(topology, scope).id, running }];
  });
}

/** Found out before anything is changed. */
export function healthCheckInTheWay(_wanted: HealthCheck, view: HostView): string | undefined {
  if (view.tools === undefined || view.tools.includes('bash')) return undefined;
  return `bash is not installed on ${view.host}, and by it a gateway finds out which targets are alive: apt-get install bash, or write \`health: none\`.`;
}
