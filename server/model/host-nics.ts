/**
 * In: what the passes settled. Out: the NICs of a host's own stack, each with the interface that it is. Like `hosts.ts` it decides
 * nothing.
 */
import type { HostNic } from '../flow/model.ts';
import type { HostEntry, HostNicEntry } from '../flow/topology.ts';
import { hostNicName, vxlanBridgeName } from './interface-names.ts';
import { stackNics } from './host-stack.ts';
import { macOfName } from './mac.ts';
import { compareText } from './report.ts';
import type { Settled } from './settled.ts';

export function buildHostNics(entry: HostEntry, settled: Settled): readonly HostNic[] {
  return [...stackNics(settled.topology, entry)]
    .sort((a, b) => compareText(a.name, b.name))
    .flatMap((nic) => {
      const where = interfaceOf(entry, nic, settled);
      return where === undefined ? [] : [{ ...commonParts(entry, nic, settled), ...where }];
    });
}

type Interface = Pick<HostNic, 'device' | 'on' | 'mac' | 'fabric'>;

function commonParts(
  entry: HostEntry,
  { name: network, place }: HostNicEntry,
  settled: Settled,
): Omit<HostNic, keyof Interface> {
  return {
    network,
    place,
    mtu: settled.mtus.get(network) ?? settled.defaultMtu,
    addresses: settled.addresses.of(entry.name, network).map((each) => each.written),
    ipv6: (settled.subnets.byNetwork.get(network) ?? []).some((subnet) => subnet.family === 6),
  };
}

function interfaceOf(entry: HostEntry, nic: HostNicEntry, settled: Settled): Interface | undefined {
  const { topology, transports } = settled;
  const { name: network, port, fabric, takeover } = nic;
  if (port !== null) {
    const on = entry.bonds.has(port.value) ? ({ type: 'bond' } as const) : ({ type: 'port', takeover } as const);
    return { device: port.value, on, mac: null, ...(fabric === undefined ? {} : { fabric }) };
  }
  const written = settled.macs.ofHost(entry.name, network);
  const ownMac = (bridge: string): string => written ?? macOfName(topology.name, 'bridge', entry.name, bridge);
  if (transports.get(network)?.type === 'vxlan') {
    const bridge = vxlanBridgeName(topology.name, entry.name, network);
    return { device: bridge, on: { type: 'bridge', bridge }, mac: ownMac(bridge) };
  }
  const found = settled.wiring.get(entry.name)?.carrier.get(network);
  if (found === undefined) return undefined;
  const { name: bridge, existing } = found.bridge.entry;
  // A VLAN device has the MAC of the bridge that it lies on: one station, in several VLANs.
  const mac = existing?.value === true ? written : ownMac(bridge);
  const { vid } = found.carried;
  return vid === null
    ? { device: bridge, on: { type: 'bridge', bridge }, mac }
    : { device: hostNicName(topology.name, entry.name, network), on: { type: 'vlan', bridge, vid }, mac };
}
