import type { Host, HostNic, Model } from '../../flow/model.ts';
import type { ResourceId, Scope } from '../../flow/resource.ts';
import { resourceId } from '../../flow/resource.ts';
import { gatewayInStack, gatewayNicsOn } from '../link-gateways.ts';
import { bondId, bridgeId, hostNicLink, isOnExisting, vethId, vxlanId } from '../link-ids.ts';
import type { Sysctl } from './resource.ts';
import type { Setting } from './settings.ts';
import {
  gatewayNic,
  gatewayStack,
  hostGatewayNic,
  hostGatewayPort,
  hostNic,
  hostPort,
  ipv6Off,
  unaddressedBridge,
} from './settings.ts';

export function desireSysctls(model: Model, host: Host): readonly Sysctl[] {
  return [...onHost(model, host), ...inNamespaces(model, host)];
}

function onHost(model: Model, host: Host): readonly Sysctl[] {
  const routed = gatewayInStack(model, host)?.gateway.nics.map((nic) => nic.network) ?? [];
  const addressed = new Set(host.nics.map(({ device }) => device));
  const bridges = host.bridges.filter(({ device, existing }) => !existing && !addressed.has(device));
  const bonds = host.bonds.filter(({ device }) => !addressed.has(device));
  const pairs = host.attachments.filter(({ peer }) => peer !== null);
  return [
    ...host.nics.flatMap((nic) => (routed.includes(nic.network) ? ofRoutedNic(host, nic) : ofHostNic(host, nic))),
    ...bridges.flatMap(({ device }) => settings('', bridgeId(device), unaddressedBridge(device))),
    ...bonds.flatMap(({ device }) => settings('', bondId(device), [ipv6Off(device)])),
    ...pairs.flatMap(({ device }) => settings('', vethId(device), [ipv6Off(device)])),
    ...host.tunnels.flatMap(({ device }) => settings('', vxlanId(device), [ipv6Off(device)])),
  ];
}

/** A NIC of a gateway that runs in the host's stack. */
function ofRoutedNic(host: Host, nic: HostNic): readonly Sysctl[] {
  const { device, ipv6, on } = nic;
  const link = hostNicLink(nic);
  return on.type === 'port' || isOnExisting(host, nic)
    ? settings('', link, hostGatewayPort(device, ipv6), true)
    : settings('', link, hostGatewayNic(device, ipv6));
}

function ofHostNic(host: Host, nic: HostNic): readonly Sysctl[] {
  // A bridge that somebody else made keeps its settings: a container engine's forwards.
  if (isOnExisting(host, nic)) return [];
  const { device, ipv6, on } = nic;
  const link = hostNicLink(nic);
  return on.type === 'port'
    ? settings('', link, hostPort(device, ipv6), true)
    : settings('', link, hostNic(device, ipv6));
}

function inNamespaces(model: Model, host: Host): readonly Sysctl[] {
  const nics = gatewayNicsOn(model, host).filter(({ scope }) => scope !== '');
  const stacks = host.namespaces.flatMap(({ name, gateway }) => {
    const hasIpv6 = model.gateways.get(gateway)?.nics.some(({ ipv6 }) => ipv6) === true;
    return settings(name, null, gatewayStack(hasIpv6));
  });
  return [
    ...stacks,
    ...nics.flatMap(({ scope, nic, own, link }) => settings(scope, link, gatewayNic(own.device, nic.ipv6))),
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
