import type { Host, HostNic, Model } from '../../flow/model.ts';
import type { ResourceId, Scope } from '../../flow/resource.ts';
import { resourceId } from '../../flow/resource.ts';
import { gatewayNicsOn } from '../link-gateways.ts';
import { bridgeId, hostNicLink, vethId, vxlanId } from '../link-ids.ts';
import type { Sysctl } from './resource.ts';
import type { Setting } from './settings.ts';
import { gatewayNic, gatewayStack, hostNic, hostPort, ipv6Off, unaddressedBridge } from './settings.ts';

export function desireSysctls(model: Model, host: Host): readonly Sysctl[] {
  return [...onHost(host), ...inGateways(model, host)];
}

function onHost(host: Host): readonly Sysctl[] {
  const addressed = new Set(host.nics.map(({ device }) => device));
  const bridges = host.bridges.filter(({ device }) => !addressed.has(device));
  return [
    ...host.nics.flatMap(ofHostNic),
    ...bridges.flatMap(({ device }) => settings('', bridgeId(device), unaddressedBridge(device))),
    ...host.attachments.flatMap(({ device }) => settings('', vethId(device), [ipv6Off(device)])),
    ...host.tunnels.flatMap(({ device }) => settings('', vxlanId(device), [ipv6Off(device)])),
  ];
}

function ofHostNic(nic: HostNic): readonly Sysctl[] {
  const { device, ipv6, on } = nic;
  const link = hostNicLink(nic);
  return on.type === 'port'
    ? settings('', link, hostPort(device, ipv6), true)
    : settings('', link, hostNic(device, ipv6));
}

function inGateways(model: Model, host: Host): readonly Sysctl[] {
  const nics = gatewayNicsOn(model, host);
  const stacks = host.namespaces.flatMap(({ name, gateway }) => {
    const hasIpv6 = model.gateways.get(gateway)?.nics.some(({ ipv6 }) => ipv6) === true;
    return settings(name, null, gatewayStack(hasIpv6));
  });
  return [
    ...stacks,
    ...nics.flatMap(({ namespace, nic, port }) => settings(namespace, vethId(port), gatewayNic(nic.device, nic.ipv6))),
  ];
}

function settings(
  scope: Scope,
  link: ResourceId | null,
  list: readonly Setting[],
  borrowed = false,
): readonly Sysctl[] {
  return list.map(([path, value]) => ({
    kind: 'sysctl',
    id: resourceId('sysctl', scope, path),
    scope,
    path,
    value,
    link,
    borrowed,
  }));
}
