/**
 * In: the resolved nodes with their addresses. Out: the MAC of every NIC. A MAC may repeat on different networks and never
 * within one: a bridge would send the frames of both to whoever spoke last. The members of a cluster are stations of their own.
 */
import type { Address } from '../../core/address.ts';
import { addressPart, familyOf } from '../../core/address.ts';
import type { Place } from '../../core/place.ts';
import type { Located, MacText, Topology } from '../../flow/topology.ts';
import { LOW24 } from '../../flow/topology.ts';
import { membersOf } from '../address-claims.ts';
import { macOfAddress, macOfLow24, macOfName, macPrefix } from '../mac.ts';
import { realmOf } from '../realms.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';
import type { Addresses } from './addresses-have-one-owner.ts';
import type { MemberAddresses } from './members-have-own-addresses.ts';

export interface Macs {
  readonly ofGuest: (guest: string, network: string) => string;
  readonly ofMember: (gateway: string, network: string, host: string) => string;
  /** `null` where none is written: the NIC has that of its bridge or port. */
  readonly ofHost: (host: string, network: string) => string | null;
}

/** A station on a network: a guest, a host, or one member of a gateway. */
interface Station {
  /** `guest web1`, `gateway vgw-1@gw-x` */
  readonly what: string;
  readonly key: string;
  readonly network: string;
  /** That a MAC may be made from: IPv4 before IPv6. */
  readonly address: Address | undefined;
  readonly written: Located<MacText> | null;
  readonly place: Place;
}

interface MacUse {
  readonly station: Station;
  readonly mac: string;
}

export function settleMacs(
  topology: Topology,
  addresses: Addresses,
  memberAddresses: MemberAddresses,
  notes: Notes,
): Macs {
  const prefixes = new Map(
    [...topology.networks.values()].map((network) => [
      network.name,
      macPrefix(topology.name, realmOf(network), network.name),
    ]),
  );
  const derived = ({ network, address, key }: Station): string => {
    const prefix = prefixes.get(network);
    return address === undefined || prefix === undefined
      ? macOfName(topology.name, 'nic', key, network)
      : macOfAddress(prefix, address);
  };
  const uses = stationsOf(topology, addresses, memberAddresses).flatMap((station): MacUse[] => {
    const { written, key } = station;
    if (written?.value === LOW24) {
      if (station.address === undefined || familyOf(station.address) === 6) reportNoLow24(station, notes);
      else return [{ station, mac: macOfLow24(station.address) }];
    } else if (written !== null) return [{ station, mac: written.value.toLowerCase() }];
    return key.startsWith(HOST) ? [] : [{ station, mac: derived(station) }];
  });
  reportRepeats(uses, notes);
  const macs = new Map(uses.map(({ station, mac }) => [`${station.key} ${station.network}`, mac]));
  const macOf = (key: string, network: string): string =>
    macs.get(`${key} ${network}`) ?? macOfName(topology.name, 'nic', key, network);
  return {
    ofGuest: macOf,
    ofMember: (gateway, network, host) => macOf(memberKey(topology, gateway, host), network),
    ofHost: (host, network) => macs.get(`${HOST}${host} ${network}`) ?? null,
  };
}

/** In front of the names of hosts: guests and gateways are told apart by their names alone. */
const HOST = 'host ';

/** An only member is the gateway: its MAC stays when it moves to another host. */
function memberKey(topology: Topology, name: string, host: string): string {
  const gateway = topology.gateways.get(name);
  return gateway !== undefined && membersOf(gateway).length > 1 ? `${name}@${host}` : name;
}

function stationsOf(topology: Topology, addresses: Addresses, memberAddresses: MemberAddresses): readonly Station[] {
  const first = (list: readonly Address[]): Address | undefined => list.find((each) => familyOf(each) === 4) ?? list[0];
  const own = (name: string, network: string): readonly Address[] =>
    addresses.of(name, network).map((each) => each.address);
  const guests = [...topology.guests.values()].flatMap(({ name, nics }) =>
    [...nics.values()].map(({ name: network, mac, place }): Station => ({
      what: name,
      key: name,
      network,
      address: first(own(name, network)),
      written: mac,
      place: mac?.place ?? place,
    })),
  );
  const hosts = [...topology.hosts.values()].flatMap(({ name, nics }) =>
    [...nics.values()].map(({ name: network, mac, place }): Station => ({
      what: name,
      key: `${HOST}${name}`,
      network,
      address: first(own(name, network)),
      written: mac,
      place: mac?.place ?? place,
    })),
  );
  const gateways = [...topology.gateways.values()].flatMap((gateway) => {
    const several = membersOf(gateway).length > 1;
    return membersOf(gateway).flatMap((host) =>
      [...gateway.nics.values()].map(({ name: network, mac, place }): Station => ({
        what: several ? `${gateway.name}@${host}` : gateway.name,
        key: memberKey(topology, gateway.name, host),
        network,
        address: first(
          several ? memberAddresses(gateway.name, network, host).map(addressPart) : own(gateway.name, network),
        ),
        written: mac,
        place: mac?.place ?? place,
      })),
    );
  });
  return [...guests, ...hosts, ...gateways];
}

function reportNoLow24({ what, network, written, place }: Station, notes: Notes): void {
  const owner = what.split('@', 1)[0] ?? what;
  if (notes.doubtful.has(owner) || notes.doubtful.has(network)) return;
  notes.report(
    'mac-without-address',
    written?.place ?? place,
    `\`mac: ${LOW24}\` is made from the IPv4 address, and ${what} has none on ${network}.`,
    { hint: 'give it an IPv4 address there, or write the MAC out' },
  );
}

function reportRepeats(uses: readonly MacUse[], notes: Notes): void {
  const first = new Map<string, MacUse>();
  // What is written counts before what is derived, so that the hint goes to the one that can be changed by writing it.
  const isWritten = ({ station }: MacUse): number => Number(station.written !== null);
  const ordered = [...uses].sort((a, b) => isWritten(b) - isWritten(a) || byPlace(a.station.place, b.station.place));
  for (const use of ordered) {
    const { station, mac } = use;
    const key = `${station.network}/${mac}`;
    const other = first.get(key)?.station;
    if (other === undefined) {
      first.set(key, use);
      continue;
    }
    const how = station.written === null ? ' (derived from its address)' : '';
    notes.report(
      'mac-twice',
      station.place,
      `MAC ${mac} of ${station.what}${how} is that of ${other.what} on network ${station.network}; the bridge would mix up their frames.`,
      {
        hint: hintOf(station, other),
        related: [related(other.place, `first used here, by ${other.what}`)],
      },
    );
  }
}

function hintOf(station: Station, other: Station): string {
  if (station.written === null) return 'write another one: `{ address: …, mac: … }`';
  // The one line is written for both.
  if (station.written === other.written) return 'members of one gateway need a MAC each: leave `mac` out';
  return 'choose another one, or leave `mac` out';
}
