/**
 * In: what the passes settled. Out: the hosts of the model, with every bridge, attachment, tunnel and NIC named and sized. It
 * decides nothing: what the passes left out because of a mistake is left out here too.
 */
import { addressPart } from '../core/address.ts';
import type { Attachment, Bridge, Host, HostNic, Namespace, Routing, Tunnel } from '../flow/model.ts';
import type { HostEntry, Topology } from '../flow/topology.ts';
import {
  freeEndName,
  gatewayNicName,
  hostEndName,
  namespaceName,
  vxlanBridgeName,
  vxlanName,
} from './interface-names.ts';
import { buildBonds } from './bonds.ts';
import { buildHostNics } from './host-nics.ts';
import { gatewaysInStack } from './host-stack.ts';
import { macOfName } from './mac.ts';
import type { Member } from './members.ts';
import { sizeOf } from './nodes.ts';
import { buildRouting } from './routing.ts';
import { subnetKey } from './subnet-index.ts';
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
  const nics = buildHostNics(entry, settled);
  const tunnels = buildTunnels(entry, nics, settled);
  return {
    name: entry.name,
    place: entry.place,
    access: entry.access.value,
    bonds: buildBonds(entry, settled),
    bridges: buildBridges(entry, settled),
    nics,
    attachments: buildAttachments(entry, settled),
    tunnels,
    namespaces: buildNamespaces(entry, settled.topology),
    routing: hostRouting(entry, nics, settled),
    capacity: sizeOf(entry.capacity),
  };
}

function hostRouting(entry: HostEntry, nics: readonly HostNic[], { topology, waysOut }: Settled): Routing {
  const nicOn = (network: string): HostNic | undefined => nics.find((nic) => nic.network === network);
  return buildRouting(waysOut.of('host', entry.name), {
    topology: topology.name,
    deviceOn: (network) => nicOn(network)?.device,
    sourcesOn: (network) => (nicOn(network)?.addresses ?? []).map(addressPart),
    block: 0,
    forwards: false,
  });
}

function buildBridges(entry: HostEntry, settled: Settled): readonly Bridge[] {
  const { topology, mtus, transports } = settled;
  const written = (settled.wiring.get(entry.name)?.bridges ?? []).map((wired): Bridge => ({
    name: wired.entry.name,
    place: wired.entry.place,
    device: wired.entry.name,
    existing: wired.entry.existing?.value ?? false,
    mac: macOfName(topology.name, 'bridge', entry.name, wired.entry.name),
    mtu: Math.max(0, ...wired.carries.map((each) => mtus.get(each.network) ?? 0)) || settled.defaultMtu,
    vlanAware: wired.vlanAware,
    uplinks: wired.entry.ports
      .map(({ device, fabric, takeover, place }) => ({
        device,
        fabric,
        bond: entry.bonds.has(device),
        takeover,
        place,
      }))
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
        existing: false,
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

function buildAttachments(entry: HostEntry, settled: Settled): readonly Attachment[] {
  const attachments: Attachment[] = [];
  const inStack = new Set(gatewaysInStack(settled.topology, entry.name).map(({ name }) => name));
  for (const list of settled.members.get(entry.name)?.values() ?? []) {
    for (const member of list) {
      const made =
        member.kind === 'host' || inStack.has(member.name) ? undefined : attach(entry, member, member.kind, settled);
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
  const existing = type === 'guest' ? topology.guests.get(name)?.nics.get(network)?.port?.value : undefined;
  return {
    owner: { type, name },
    network,
    place,
    device: existing ?? hostEndName(topology.name, name, network),
    bridge: vxlan ? vxlanBridgeName(topology.name, entry.name, network) : (found?.bridge.entry.name ?? ''),
    vid: vxlan ? null : (found?.carried.vid ?? null),
    isolated:
      type === 'guest' && topology.networks.get(network)?.isolated?.value === true && !isRouter(name, network, settled),
    mtu: mtus.get(network) ?? settled.defaultMtu,
    peer: existing === undefined ? farEnd(entry, member, type, settled) : null,
  };
}

function farEnd(
  entry: HostEntry,
  { name, network }: Member,
  type: 'guest' | 'gateway',
  { topology, macs }: Settled,
): Attachment['peer'] {
  return type === 'guest'
    ? { device: freeEndName(topology.name, name, network), namespace: null, mac: macs.ofGuest(name, network) }
    : {
        device: gatewayNicName(topology.name, name, network),
        namespace: namespaceName(topology.name, name),
        mac: macs.ofMember(name, network, entry.name),
      };
}

/** A guest with the address of its network's router is one that the file declares. */
function isRouter(guest: string, network: string, { addresses, waysOut }: Settled): boolean {
  return addresses.of(guest, network).some(({ address, subnet }) => waysOut.routers.get(subnetKey(subnet)) === address);
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
    .filter((gateway) => gateway.runs.value === 'netns' && gateway.on.some((each) => each.value === entry.name))
    .map((gateway) => ({
      name: namespaceName(topology.name, gateway.name),
      gateway: gateway.name,
      place: gateway.place,
    }))
    .sort((a, b) => compareText(a.name, b.name));
}
