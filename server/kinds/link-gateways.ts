/** The NICs of the gateways that run on one host, each with the stack that it is in and the interface there. */
import type { InterfaceAddress } from '../core/address.ts';
import { addressPart, bitsOf, familyOf, mustParsePrefix, prefixContains } from '../core/address.ts';
import type { Gateway, GatewayMember, GatewayNic, Host, HostNic, MemberNic, Model } from '../flow/model.ts';
import type { ResourceId, Scope } from '../flow/resource.ts';
import { hostNicLink, vethId } from './link-ids.ts';

export interface GatewayOnHost {
  readonly gateway: Gateway;
  readonly member: GatewayMember;
}

export interface GatewayNicOnHost extends GatewayOnHost {
  /** `''` where it runs in the host's own stack. */
  readonly scope: Scope;
  readonly nic: GatewayNic;
  readonly own: MemberNic;
  /** The resource that makes its interface. */
  readonly link: ResourceId;
  /** The host's own NIC that is the same interface, for a gateway in the host's stack. */
  readonly shared: HostNic | null;
}

/** The member of a gateway that runs on a host. */
export function memberOn(gateway: Gateway | undefined, host: Host): GatewayOnHost | undefined {
  const member = gateway?.members.find((each) => each.host === host.name);
  return gateway === undefined || member === undefined ? undefined : { gateway, member };
}

/** The gateway that runs in the host's own stack: there is one at most, since one stack is one router. */
export function gatewayInStack(model: Model, host: Host): GatewayOnHost | undefined {
  for (const gateway of model.gateways.values()) {
    const found = gateway.runs === 'host' ? memberOn(gateway, host) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

export function gatewayNicsOn(model: Model, host: Host): readonly GatewayNicOnHost[] {
  return [...inNamespaces(model, host), ...inHostStack(model, host)];
}

function inNamespaces(model: Model, host: Host): readonly GatewayNicOnHost[] {
  return host.attachments.flatMap(({ owner, network, device, peer }): readonly GatewayNicOnHost[] => {
    if (owner.type !== 'gateway' || peer === null || peer.namespace === null) return [];
    const found = memberOn(model.gateways.get(owner.name), host);
    return nicOf(found, network, { scope: peer.namespace, link: vethId(device), shared: null });
  });
}

function inHostStack(model: Model, host: Host): readonly GatewayNicOnHost[] {
  const found = gatewayInStack(model, host);
  return host.nics.flatMap((shared) => nicOf(found, shared.network, { scope: '', link: hostNicLink(shared), shared }));
}

function nicOf(
  found: GatewayOnHost | undefined,
  network: string,
  where: Pick<GatewayNicOnHost, 'scope' | 'link' | 'shared'>,
): readonly GatewayNicOnHost[] {
  const nic = found?.gateway.nics.find((each) => each.network === network);
  const own = found?.member.nics.find((each) => each.network === network);
  return found === undefined || nic === undefined || own === undefined ? [] : [{ ...found, ...where, nic, own }];
}

/**
 * The addresses that a NIC has on this host by our doing. What the members of a cluster share moves with mastership, and is not
 * for the plan to put anywhere.
 */
export function addressesOn({ gateway, nic, own, shared }: GatewayNicOnHost): readonly InterfaceAddress[] {
  const addresses = gateway.members.length > 1 ? own.own : [...nic.addresses, ...nic.natAddresses];
  return addresses.map((each) => (hasSubnet(shared, each) ? wholeLength(each) : each));
}

/**
 * Of two addresses of one subnet on an interface the kernel makes the one that came first the source of what the host sends
 * there. The host's own stays that: where it has one in the subnet, the gateway's stand alone.
 */
function hasSubnet(shared: HostNic | null, address: InterfaceAddress): boolean {
  const subnet = mustParsePrefix(address).text;
  return shared?.addresses.some((each) => prefixContains(subnet, addressPart(each))) === true;
}

function wholeLength(address: InterfaceAddress): InterfaceAddress {
  return `${addressPart(address)}/${String(bitsOf(familyOf(address)))}`;
}
