/**
 * `even-without`: what must still hold while a host is down. In: the probes of the expectations while all hosts are up. Out:
 * these, and for each host that may be lost the same again. Who is on the lost host is lost with it, unless placement finds
 * room elsewhere: nobody is left there to ask from, and nothing has to be kept from it; a packet to it is sent, and fails.
 */
import type { Model } from '../../flow/model.ts';
import type { Probe } from '../../flow/probe.ts';
import { refugeWithout } from '../placement/elsewhere.ts';

export function withLostHosts(model: Model, probes: readonly Probe[]): readonly Probe[] {
  if (!model.expectations.some(({ evenWithout }) => evenWithout.length > 0)) return probes;
  const home = homesOf(model);
  return probes.flatMap((probe) => [
    probe,
    ...probe.expectation.evenWithout.flatMap((host): Probe[] => {
      const { moved } = refugeWithout(model, [host]);
      const isLost = (node: string): boolean => home(node) === host && !moved.has(node);
      if (isLost(probe.from.node)) return [];
      const target = probe.target?.node ?? probe.to.node;
      // A gateway that is started elsewhere is another member there.
      if (target !== null && isLost(target) && (probe.want === 'deny' || moved.has(gatewayOf(target)))) return [];
      return [{ ...probe, without: host }];
    }),
  ]);
}

/** `vgw-1` of the member `vgw-1@gw-x`. */
function gatewayOf(member: string): string {
  return member.split('@', 1).join('');
}

/** The host that a node is lost with; `null` for what is on no host. */
function homesOf(model: Model): (node: string) => string | null {
  const homes = new Map<string, string>();
  for (const host of model.hosts.keys()) homes.set(host, host);
  for (const guest of model.guests.values()) homes.set(guest.name, guest.host);
  for (const gateway of model.gateways.values()) {
    for (const member of gateway.members) homes.set(member.name, member.host);
  }
  const outside = homeOfInternet(model);
  return (node) => homes.get(node) ?? (node === 'internet' ? outside : null);
}

/** Where every external network is on one host's bridges without a port, the outside is reached by that host alone. */
function homeOfInternet(model: Model): string | null {
  const external = new Set([...model.networks.values()].filter((each) => each.external).map((each) => each.name));
  const homes = new Set<string | null>();
  for (const host of model.hosts.values()) {
    for (const { carries, uplinks } of host.bridges) {
      if (carries.some(({ network }) => external.has(network))) homes.add(uplinks.length > 0 ? null : host.name);
    }
    if (host.nics.some(({ network, on }) => (on.type === 'port' || on.type === 'bond') && external.has(network)))
      homes.add(null);
  }
  const [only = null] = homes;
  return homes.size === 1 ? only : null;
}
