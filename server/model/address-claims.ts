import type { Address } from '../core/address.ts';
import type { Place } from '../core/place.ts';
import type { GatewayEntry, Located, Topology } from '../flow/topology.ts';

export interface AddressOwner {
  readonly kind: 'host' | 'guest' | 'gateway';
  readonly name: string;
  readonly network: string;
  readonly place: Place;
}

/** An address written for a NIC. */
export interface Claim {
  readonly owner: AddressOwner;
  readonly at: Located<Address>;
  /** The host whose member of a gateway alone has it; `null` where the owner as a whole does. */
  readonly member: string | null;
}

/** Every address that is written for a NIC; a gateway's shared ones before its others. */
export function claimsOf(topology: Topology): readonly Claim[] {
  const claims: Claim[] = [];
  const claim = (
    kind: AddressOwner['kind'],
    name: string,
    network: string,
    addresses: readonly Located<Address>[],
    member: string | null = null,
  ): void => {
    for (const at of addresses) claims.push({ owner: { kind, name, network, place: at.place }, at, member });
  };
  for (const host of topology.hosts.values()) {
    for (const nic of host.nics.values()) claim('host', host.name, nic.name, nic.addresses);
  }
  for (const guest of topology.guests.values()) {
    for (const nic of guest.nics.values()) claim('guest', guest.name, nic.name, nic.addresses);
  }
  for (const gateway of topology.gateways.values()) {
    const alone = membersOf(gateway).length < 2;
    for (const nic of gateway.nics.values()) {
      claim('gateway', gateway.name, nic.name, [...nic.shared, ...nic.addresses]);
      for (const own of nic.own) claim('gateway', gateway.name, nic.name, own.addresses, alone ? null : own.host.value);
    }
  }
  return claims;
}

/** The hosts that a gateway has a member on, the preferred one first. */
export function membersOf(gateway: GatewayEntry): readonly string[] {
  return [...new Set(gateway.on.map((each) => each.value))];
}
