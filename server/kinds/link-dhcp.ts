/** Which interfaces of a gateway answer DHCP and names: for what runs dnsmasq, and for the filter that lets its questions through. */
import type { Address, Family } from '../core/address.ts';
import { addressPart, familyOf } from '../core/address.ts';
import type { Dhcp, Gateway, GatewayNic, Network } from '../flow/model.ts';

/** What it tells a network that it is attached to; `undefined` where it is another one that does, or nobody. */
export function dhcpBy({ name }: Gateway, { dhcp }: Network): Dhcp | undefined {
  return dhcp?.gateway === name ? dhcp : undefined;
}

/** Where names are asked for: the first address of the family that the gateway is known by there. */
export function nameServer(nic: GatewayNic, family: Family): Address | undefined {
  return nic.addresses.map(addressPart).find((each) => familyOf(each) === family);
}
