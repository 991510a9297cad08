import type { Host, Model } from '../../flow/model.ts';
import type { ResourceId, Scope } from '../../flow/resource.ts';
import { resourceId } from '../../flow/resource.ts';
import { CONTROL_NAME } from '../../flow/service.ts';
import { dhcpBy } from '../link-dhcp.ts';
import { gatewayNicsOn } from '../link-gateways.ts';
import { CONTROL_SCRIPT } from './control.ts';
import { dnsmasqText } from './dnsmasq.ts';
import type { Served } from './dnsmasq.ts';
import type { DhcpServer } from './resource.ts';

export function dhcpId(scope: Scope): ResourceId {
  return resourceId('dhcp', '', scope === '' ? 'host' : scope);
}

export function desireDhcp(model: Model, host: Host): readonly DhcpServer[] {
  const served = gatewayNicsOn(model, host).flatMap((nic): Served[] => {
    const network = model.networks.get(nic.nic.network);
    return network === undefined || dhcpBy(nic.gateway, network) === undefined ? [] : [{ network, nic }];
  });
  return [...Map.groupBy(served, ({ nic }) => nic.scope)].map(([scope, all]) => serverIn(model, scope, all));
}

function serverIn(model: Model, scope: Scope, served: readonly Served[]): DhcpServer {
  const ordered = served.toSorted((a, b) => (a.network.name < b.network.name ? -1 : 1));
  const files = {
    [CONTROL_NAME]: CONTROL_SCRIPT,
    'dnsmasq.conf': dnsmasqText(model, ordered),
    topology: `${model.topology}\n`,
  };
  const needs = [...new Set(ordered.map(({ nic }) => nic.link))].sort();
  return { kind: 'dhcp', id: dhcpId(scope), scope, files, needs, running: true };
}
