/** The NICs of the gateways that run on one host, each with the namespace it is in and its port on the host. */
import type { GatewayNic, Gateway, Host, Model } from '../flow/model.ts';

export interface GatewayNicOnHost {
  readonly gateway: Gateway;
  readonly namespace: string;
  readonly nic: GatewayNic;
  /** The end of its veth pair on the host. */
  readonly port: string;
}

export function gatewayNicsOn(model: Model, host: Host): readonly GatewayNicOnHost[] {
  return host.attachments.flatMap(({ owner, network, device, peer: { namespace } }): GatewayNicOnHost[] => {
    if (owner.type !== 'gateway' || namespace === null) return [];
    const gateway = model.gateways.get(owner.name);
    const nic = gateway?.nics.find((each) => each.network === network);
    return gateway === undefined || nic === undefined ? [] : [{ gateway, namespace, nic, port: device }];
  });
}
