/**
 * In: the finished hosts and gateways. Out: nothing; says where two interfaces of one network stack would have one name.
 * Names follow from what an interface is and are never changed to fit, so that they
 * stay when other things come and go.
 */
import type { Place } from '../../core/place.ts';
import type { Gateway, Host } from '../../flow/model.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';

interface Interface {
  readonly device: string;
  readonly what: string;
  readonly place: Place;
}

export function checkInterfaces(hosts: Iterable<Host>, gateways: Iterable<Gateway>, notes: Notes): void {
  for (const host of hosts) {
    checkOneStack(`host ${host.name}`, interfacesOf(host), notes);
  }
  for (const gateway of gateways) {
    const places = new Map(gateway.nics.map(({ network, place }) => [network, place]));
    // All members call them alike; in a stack of the host they are looked at with the host's.
    const [member] = gateway.members;
    if (member === undefined || member.namespace === null) continue;
    checkOneStack(
      `gateway ${gateway.name}`,
      member.nics.map(({ network, device }) => ({
        device,
        what: `its NIC on ${network}`,
        place: places.get(network) ?? gateway.place,
      })),
      notes,
    );
  }
}

function interfacesOf(host: Host): Interface[] {
  const bridges = host.bridges.flatMap((bridge): Interface[] => [
    { device: bridge.device, what: `bridge ${bridge.device}`, place: bridge.place },
    // A bond is where it is declared.
    ...bridge.uplinks
      .filter(({ bond }) => !bond)
      .map((uplink) => ({ device: uplink.device, what: `port ${uplink.device}`, place: uplink.place })),
  ]);
  const bonds = host.bonds.flatMap(({ device, place, ports }): Interface[] => [
    { device, what: `bond ${device}`, place },
    ...ports
      .filter((port) => !host.bonds.some((bond) => bond.device === port.device))
      .map((port) => ({ device: port.device, what: `port ${port.device}`, place: port.place })),
  ]);
  const nics = host.nics
    .filter((nic) => nic.on.type !== 'bridge' && nic.on.type !== 'bond')
    .map((nic) => ({
      device: nic.device,
      what: nic.on.type === 'port' ? `port ${nic.device}` : `the host's NIC on ${nic.network}`,
      place: nic.place,
    }));
  const pairs = host.attachments.flatMap(({ owner, network, place, device, peer }): Interface[] => [
    { device, what: peer === null ? `port ${device}` : `the bridge port of ${owner.name} on ${network}`, place },
    ...(peer?.namespace === null
      ? [{ device: peer.device, what: `the free end of ${owner.name} on ${network}`, place }]
      : []),
  ]);
  const tunnels = host.tunnels.map((tunnel) => ({
    device: tunnel.device,
    what: `the VXLAN device of ${tunnel.network}`,
    place: tunnel.place,
  }));
  return [...bridges, ...bonds, ...nics, ...pairs, ...tunnels];
}

function checkOneStack(stack: string, interfaces: readonly Interface[], notes: Notes): void {
  const first = new Map<string, Interface>();
  for (const each of [...interfaces].sort((a, b) => byPlace(a.place, b.place))) {
    const other = first.get(each.device);
    if (other === undefined) first.set(each.device, each);
    // A physical port that is named twice is reported as that.
    else if (other.what !== each.what || !each.what.startsWith('port ')) {
      notes.report(
        'interface-twice',
        each.place,
        `In ${stack}, ${each.what} and ${other.what} would both be called ${each.device}.`,
        {
          hint: 'rename one of them',
          related: [related(other.place, 'the other one is here')],
        },
      );
    }
  }
}
