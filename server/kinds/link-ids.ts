/**
 * Ids of the resources that own an interface, so that kinds can refer to one another's without knowing one another, and the
 * names that only one resource at a time can have.
 */
import type { Host, HostNic } from '../flow/model.ts';
import type { Reference, ResourceId, Scope } from '../flow/resource.ts';
import { resourceId } from '../flow/resource.ts';

export const netnsId = (name: string): ResourceId => resourceId('netns', '', name);
export const bridgeId = (device: string): ResourceId => resourceId('bridge', '', device);
/** By the name of the end on the host, also for an interface inside a gateway. */
export const vethId = (device: string): ResourceId => resourceId('veth', '', device);
export const vlanId = (device: string): ResourceId => resourceId('vlan', '', device);
export const vxlanId = (device: string): ResourceId => resourceId('vxlan', '', device);
export const bondId = (device: string): ResourceId => resourceId('bond', '', device);
export const portId = (device: string): ResourceId => resourceId('port', '', device);
/** One for a host, since it holds whatever is borrowed there. */
export const RECORD_ID = resourceId('record', '', 'borrowed');
/** One for a host: it holds the isolated networks there. */
export const ISOLATION_ID = resourceId('isolation', '', 'frames');
export const addressId = (scope: Scope, device: string, address: string): ResourceId =>
  resourceId('address', scope, device, address);

/** The setting that switches IPv6 off and on for one interface. */
export const ipv6SwitchId = (scope: Scope, device: string): ResourceId =>
  resourceId('sysctl', scope, `net/ipv6/conf/${device}/disable_ipv6`);

/** The resource that makes (or borrows) the interface which has a host's own addresses. */
export function hostNicLink(nic: HostNic): ResourceId {
  switch (nic.on.type) {
    case 'bridge':
      return bridgeId(nic.device);
    case 'vlan':
      return vlanId(nic.device);
    case 'bond':
      return bondId(nic.device);
    case 'port':
      return portId(nic.device);
  }
}

/** Whether the NIC is a bridge that somebody else made: only its addresses are added there. */
export function isOnExisting(host: Host, { on }: HostNic): boolean {
  return on.type === 'bridge' && host.bridges.some(({ device, existing }) => existing && device === on.bridge);
}

/** An interface name is taken by one link at a time in each network stack. */
export function linkSlot(scope: Scope, device: string): string {
  return `link:${scope}/${device}`;
}

/** Whatever lies in a namespace goes with it. */
export function inNamespace(scope: Scope): readonly Reference[] {
  return scope === '' ? [] : [{ to: netnsId(scope), diesWith: true }];
}

/** What lies on an interface goes with it, unless the interface is only borrowed: then it stays when we are gone. */
export function onLink(link: ResourceId): Reference {
  return { to: link, diesWith: !isBorrowed(link) };
}

export function isBorrowed(link: ResourceId): boolean {
  return link.startsWith('port:');
}

/** Former values are kept before anything borrowed is changed, until it is given back. */
export const IN_RECORD: Reference = { to: RECORD_ID, diesWith: false };
