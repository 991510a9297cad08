import type { InterfaceAddress } from '../../core/address.ts';
import { familyOf } from '../../core/address.ts';
import type { Host, Model } from '../../flow/model.ts';
import { addressId, hostNicLink, isOnExisting } from '../link-ids.ts';
import { addressesOn, gatewayNicsOn } from '../link-gateways.ts';
import type { Address } from './resource.ts';

export function desireAddresses(model: Model, host: Host): readonly Address[] {
  const own = host.nics.flatMap((nic) =>
    nic.addresses.map((address) => ({
      ...wanted('', nic.device, address, hostNicLink(nic), false),
      borrowed: isOnExisting(host, nic),
    })),
  );
  const routed = gatewayNicsOn(model, host).flatMap((each) =>
    // The routers of the networks: nobody else may have their addresses, and nothing works while they are being checked.
    addressesOn(each).map((address) => ({
      ...wanted(each.scope, each.own.device, address, each.link, true),
      borrowed: each.shared !== null && isOnExisting(host, each.shared),
    })),
  );
  return [...own, ...routed];
}

function wanted(scope: string, device: string, address: InterfaceAddress, link: string, sure: boolean): Address {
  const id = addressId(scope, device, address);
  const nodad = sure && familyOf(address) === 6;
  return { kind: 'address', id, scope, device, address, link, nodad, duplicate: false, present: true, borrowed: false };
}
