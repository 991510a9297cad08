/**
 * In: networks in VXLAN, who is on them where, and the hosts' addresses. Out: for each such network the address family of its
 * tunnels and every host's end. A host with a member needs an address on the underlay, all of one family: a tunnel between an
 * IPv4 and an IPv6 address does not exist.
 */
import type { Address, Family } from '../../core/address.ts';
import type { Transport } from '../../flow/model.ts';
import type { Topology } from '../../flow/topology.ts';
import type { Member, Members } from '../members.ts';
import type { Notes } from '../report.ts';
import { bridgesDoubtful, capital } from '../report.ts';
import type { Addresses } from './addresses-have-one-owner.ts';
import { NO_UNDERLAY } from './transports-are-whole.ts';

export interface Overlay {
  readonly network: string;
  readonly vni: number;
  readonly underlay: string;
  readonly family: Family;
  /** Host → its own address on the underlay. */
  readonly ends: ReadonlyMap<string, Address>;
}

export function settleTunnels(
  topology: Topology,
  transports: ReadonlyMap<string, Transport>,
  members: Members,
  addresses: Addresses,
  notes: Notes,
): ReadonlyMap<string, Overlay> {
  const overlays = new Map<string, Overlay>();
  for (const [network, transport] of transports) {
    if (transport.type !== 'vxlan' || transport.underlay === NO_UNDERLAY) continue;
    const present = new Map<string, readonly Member[]>();
    for (const [host, networks] of members) {
      const list = networks.get(network);
      if (list !== undefined) present.set(host, list);
    }
    const { underlay, vni } = transport;
    const addressOf = (host: string, family: Family): Address | undefined =>
      addresses.of(host, underlay).find((each) => each.subnet.family === family)?.address;
    const family = commonFamily([...present.keys()], addressOf);
    const ends = new Map<string, Address>();
    for (const [host, list] of present) {
      const address = addressOf(host, family);
      if (address !== undefined) ends.set(host, address);
      else if (!notes.doubtful.has(host)) reportMissing(topology, network, underlay, family, host, list, notes);
    }
    overlays.set(network, { network, vni, underlay, family, ends });
  }
  return overlays;
}

function commonFamily(
  hosts: readonly string[],
  addressOf: (host: string, family: Family) => Address | undefined,
): Family {
  const count = (family: Family): number => hosts.filter((host) => addressOf(host, family) !== undefined).length;
  return count(6) > count(4) ? 6 : 4;
}

function reportMissing(
  topology: Topology,
  network: string,
  underlay: string,
  family: Family,
  host: string,
  members: readonly Member[],
  notes: Notes,
): void {
  const nic = topology.hosts.get(host)?.nics.get(underlay);
  const [member] = members;
  if (member === undefined) return;
  notes.doubtful.add(bridgesDoubtful(host));
  const who = `${capital(member.kind)} ${member.name} is on network ${network}, which is carried in VXLAN between the hosts' addresses on ${underlay}`;
  if (nic !== undefined) {
    notes.report(
      'underlay-address',
      nic.place,
      `${who}; the other ends have IPv${String(family)} addresses there, and host ${host} has none.`,
      {
        hint: `add an IPv${String(family)} address to the NIC`,
      },
    );
    return;
  }
  notes.report('underlay-address', member.place, `${who}, and host ${host} has no NIC there.`, {
    hint: `add \`nics: { ${underlay}: ADDRESS }\` to host ${host}`,
  });
}
