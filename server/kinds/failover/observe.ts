import type { HostView, ServiceView } from '../../flow/hostview.ts';
import type { Claim } from '../kind.ts';
import { namespaceField } from '../link-fields.ts';
import { ownerOf } from '../link-marks.ts';
import { failoverId } from './desire.ts';
import type { Failover } from './resource.ts';

/** A folder is ours where it says so; everything in it was put there by us. */
export function observeFailover(view: HostView, claim: Claim<Failover>): readonly Failover[] {
  return (view.services ?? []).flatMap((service): Failover[] => {
    if (service.name !== '' || !namespaceField.safeParse(service.scope).success) return [];
    if (service.files['topology'] !== `${claim.topology}\n`) return [];
    const id = failoverId(service.scope);
    const needs = claim.wanted.get(id)?.needs ?? linksOf(view, service, claim.topology);
    return [{ kind: 'failover', id, scope: service.scope, files: service.files, needs, running: service.running }];
  });
}

function linksOf(view: HostView, { scope }: ServiceView, topology: string): string[] {
  const owners = [...(view.scopes.get(scope)?.links.values() ?? [])].flatMap((link) => ownerOf(link, topology) ?? []);
  return [...new Set(owners)].sort();
}

/** Who is not installed is found out before anything is changed. */
export function failoverInTheWay({ files }: Failover, view: HostView): string | undefined {
  const needed = ['keepalived', 'conntrackd'].filter((each) => files[`${each}.conf`] !== undefined);
  const missing = needed.filter((each) => view.tools !== undefined && !view.tools.includes(each));
  if (missing.length === 0) return undefined;
  const names = missing.join(' and ');
  return `${names} ${missing.length === 1 ? 'is' : 'are'} not installed on ${view.host}, and the members of a cluster take over from each other by ${missing.length === 1 ? 'it' : 'them'}: apt-get install ${missing.join(' ')}.`;
}
