/**
 * In: what the passes settled. Out: the hosts of the model, with every bridge, attachment, tunnel and NIC named and sized. It
 * decides nothing: what the passes left out because of a mistake is left out here too.
 */
import type { Attachment, Bridge, Host, HostNic, Namespace, Tunnel } from '../flow/model.ts';
import type { HostEntry, Topology } from '../flow/topology.ts';
import {
  freeEndName,
  gatewayNicName,
  hostEndName,
  hostNicName,
  namespaceName,
  vxlanBridgeName,
  vxlanName,
} from './interface-names.ts';
import { macOfName } from './mac.ts';
import type { Member } from './members.ts';
import type { Settled } from './settled.ts';
import { compareText } from './report.ts';

/** IANA's port for VXLAN; the kernel's own default, 8472, is older than the RFC. */
const VXLAN_PORT = 4789;

export function buildHosts(settled: Settled): ReadonlyMap<string, Host> {
  const { topology } = settled;
  return new Map(
    [...topology.hosts.values()]
      .sort((a, b) => compareText(a.name, b.name))
      .map((entry) => [entry.name, buildHost(entry, settled)]),
  );
}

function buildHost(entry: HostEntry, settled: Settled): Host {
  const nics = buildNics(entry, settled);
  const tunnels = buildTunnels(entry, nics, settled);
  return {
    name: entry.name,
    place: entry.place,
    access: entry.access.value,
    bridges: buildBridges(entry, settled),
    nics,
    attachments: buildAttachments(entry, settled),
    tunnels,
    namespaces: buildNamespaces(entry, settled.topology),
  };
}

function buildBridges(entry: HostEntry, settled: Settled): readonly Bridge[] {
  const { topology, mtus, transports } = settled;
  const written = (settled.wiring.get(entry.name)?.bridges ?? []).map((wired): Bridge => ({
    name: wired.entry.name,
    place: wired.entry.place,
    device: wired.entry.name,
    mac: macOfName(topology.name, 'bridge', entry.name, wired.entry.name),
    mtu: Math.max(0, ...wired.carries.map((each) => mtus.get(each.network) ?? 0)) || settled.defaultMtu,
    vlanAware: wired.vlanAware,
    uplinks: wired.entry.ports
      .map(({ device, fabric, place }) => ({ device, fabric, place }))
      .sort((a, b) => compareText(a.device, b.device)),
    carries: wired.carries,
  }));
  const own = [...(settled.members.get(entry.name)?.keys() ?? [])].flatMap((network): Bridge[] => {
    const place = topology.networks.get(network)?.place;
    if (place === undefined || transports.get(network)?.type !== 'vxlan') return [];
    const device = vxlanBridgeName(topology.name, entry.name, network);
    return [
      {
        name: null,
        place,
        device,
        mac: macOfName(topology.name, 'bridge', entry.name, device),
        mtu: mtus.get(network) ?? settled.defaultMtu,
        vlanAware: false,
        uplinks: [],
        carries: [{ network, vid: null, tagged: false }],
      },
    ];
  });
  return [...written, ...own].sort((a, b) => compareText(a.device, b.device));
}

function buildNics(entry: HostEntry, settled: Settled): readonly HostNic[] {
  const { topology, mtus, transports, subnets, addresses } = settled;
  return [...entry.nics.values()]
    .sort((a, b) => compareText(a.name, b.name))
    .flatMap((nic): HostNic[] => {
      const network = nic.name;
      const common = {
        network,
        place: nic.place,
        mtu: mtus.get(network) ?? settled.defaultMtu,
        addresses: addresses.of(entry.name, network).map((each) => each.written),
        ipv6: (subnets.byNetwork.get(network) ?? []).some((subnet) => subnet.family === 6),
      };
      if (nic.port !== null) return [{ ...common, device: nic.port.value, on: { type: 'port' }, mac: null }];
      if (transports.get(network)?.type === 'vxlan') {
        const bridge = vxlanBridgeName(topology.name, entry.name, network);
        return [
          {
            ...common,
            device: bridge,
            on: { type: 'bridge', bridge },
            mac: macOfName(topology.name, 'bridge', entry.name, bridge),
          },
        ];
      }
      const found = settled.wiring.get(entry.name)?.carrier.get(network);
      if (found === undefined) return [];
      const bridge = found.bridge.entry.name;
      // A VLAN device has the MAC of the bridge that it lies on: one station, in several VLANs.
      const mac = macOfName(topology.name, 'bridge', entry.name, bridge);
      const { vid } = found.carried;
      return vid === null
        ? [{ ...common, device: bridge, on: { type: 'bridge', bridge }, mac }]
        : [
            {
              ...common,
              device: hostNicName(topology.name, entry.name, network),
              on: { type: 'vlan', bridge, vid },
              mac,
            },
          ];
    });
}

function buildAttachments(entry: HostEntry, settled: Settled): readonly Attachment[] {
  const attachments: Attachment[] = [];
  for (const list of settled.members.get(entry.name)?.values() ?? []) {
    for (const member of list) {
      const made = member.kind === 'host' ? undefined : attach(entry, member, member.kind, settled);
      if (made !== undefined) attachments.push(made);
    }
  }
  return attachments.sort((a, b) => compareText(a.owner.name, b.owner.name) || compareText(a.network, b.network));
}

function attach(entry: HostEntry, member: Member, type: 'guest' | 'gateway', settled: Settled): Attachment | undefined {
  const { topology, mtus, transports } = settled;
  const { name, network, place } = member;
  const found = settled.wiring.get(entry.name)?.carrier.get(network);
  const vxlan = transports.get(network)?.type === 'vxlan';
  if (!vxlan && found === undefined) return undefined;
  return {
    owner: { type, name },
    network,
    place,
    device: hostEndName(topology.name, name, network),
    bridge: vxlan ? vxlanBridgeName(topology.name, entry.name, network) : (found?.bridge.entry.name ?? ''),
    vid: vxlan ? null : (found?.carried.vid ?? null),
    mtu: mtus.get(network) ?? settled.defaultMtu,
    peer: {
      device:
        type === 'guest' ? freeEndName(topology.name, name, network) : gatewayNicName(topology.name, name, network),
      namespace: type === 'guest' ? null : namespaceName(topology.name, name),
      mac: settled.macs(name, network),
    },
  };
}

function buildTunnels(entry: HostEntry, nics: readonly HostNic[], settled: Settled): readonly Tunnel[] {
  const { topology, overlays, mtus } = settled;
  return [...overlays.values()]
    .flatMap((overlay): Tunnel[] => {
      const { network, vni, underlay, ends } = overlay;
      const local = ends.get(entry.name);
      const device = nics.find((nic) => nic.network === underlay)?.device;
      const place = topology.networks.get(network)?.place;
      if (local === undefined || device === undefined || place === undefined) return [];
      return [
        {
          network,
          place,
          device: vxlanName(topology.name, entry.name, network),
          bridge: vxlanBridgeName(topology.name, entry.name, network),
          vni,
          mtu: mtus.get(network) ?? settled.defaultMtu,
          port: VXLAN_PORT,
          local,
          underlayDevice: device,
          remotes: [...ends]
            .filter(([host]) => host !== entry.name)
            .map(([, address]) => address)
            .sort(),
        },
      ];
    })
    .sort((a, b) => compareText(a.device, b.device));
}

function buildNamespaces(entry: HostEntry, topology: Topology): readonly Namespace[] {
  return [...topology.gateways.values()]
    .filter((gateway) => gateway.on.some((each) => each.value === entry.name))
    .map((gateway) => ({
      name: namespaceName(topology.name, gateway.name),
      gateway: gateway.name,
      place: gateway.place,
    }))
    .sort((a, b) => compareText(a.name, b.name));
}
