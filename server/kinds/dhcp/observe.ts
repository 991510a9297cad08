import type { HostView, ServiceView } from '../../flow/hostview.ts';
import type { Claim } from '../kind.ts';
import { scopeField } from '../link-fields.ts';
import { ownerOf } from '../link-marks.ts';
import { dhcpId } from './desire.ts';
import type { DhcpServer } from './resource.ts';

/** A folder is ours where it says so; everything in it was put there by us. */
export function observeDhcp(view: HostView, claim: Claim<DhcpServer>): readonly DhcpServer[] {
  return (view.services ?? []).flatMap((service): DhcpServer[] => {
    const { scope, name, files, running } = service;
    if (name !== 'dnsmasq' || !scopeField.safeParse(scope).success) return [];
    if (files['topology'] !== `${claim.topology}\n`) return [];
    const id = dhcpId(scope);
    const needs = claim.wanted.get(id)?.needs ?? linksOf(view, service, claim.topology);
    return [{ kind: 'dhcp', id, scope, files, needs, running }];
  });
}

/** What it listens on, as far as it is there. */
function linksOf(view: HostView, { scope, files }: ServiceView, topology: string): string[] {
  const text = files['dnsmasq.conf'] ?? '';
  const devices = new Set([...text.matchAll(/^interface=(.+)$/gm)].map(([, device]) => device ?? ''));
  const links = [...(view.scopes.get(scope)?.links.values() ?? [])].filter(({ name }) => devices.has(name));
  return [...new Set(links.flatMap((link) => ownerOf(link, topology) ?? []))].sort();
}

/** Found out before anything is changed: who is not installed, and who answers there already for another topology. */
export function dhcpInTheWay({ scope }: DhcpServer, view: HostView, { topology }: Claim): string | undefined {
  if (view.tools !== undefined && !view.tools.includes('dnsmasq'))
    return `dnsmasq is not installed on ${view.host}, and a gateway answers DHCP and names by it: apt-get install dnsmasq-base.`;
  const there = view.services?.find((each) => each.scope === scope && each.name === 'dnsmasq');
  const other = there?.files['topology']?.trim();
  if (other === undefined || other === topology) return undefined;
  return `A dnsmasq of the topology ${/^[a-z][a-z0-9-]*$/.test(other) ? other : 'of another file'} answers in the host's own stack already: let one of the two gateways run in a namespace (\`runs: netns\`).`;
}
