/**
 * In: the resolved guests and gateways with their addresses. Out: the MAC of every NIC of theirs. A MAC may repeat on different
 * networks and never within one: a bridge would send the frames of both to whoever spoke last.
 */
import type { Place } from '../../core/place.ts';
import type { Topology } from '../../flow/topology.ts';
import { macOfAddress, macOfName, macPrefix } from '../mac.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';
import type { Addresses } from './addresses-have-one-owner.ts';

/** The routing domain of a network that names none. */
export const MAIN_REALM = 'main';

export type Macs = (owner: string, network: string) => string;

interface MacUse {
  readonly owner: string;
  readonly network: string;
  readonly mac: string;
  readonly written: boolean;
  readonly place: Place;
}

export function settleMacs(topology: Topology, addresses: Addresses, notes: Notes): Macs {
  const uses: MacUse[] = [];
  const prefixes = new Map(
    [...topology.networks.keys()].map((network) => [network, macPrefix(topology.name, MAIN_REALM, network)]),
  );
  const derived = (owner: string, network: string): string => {
    const own = addresses.of(owner, network);
    const address = own.find((each) => each.subnet.family === 4) ?? own[0];
    const prefix = prefixes.get(network);
    return address === undefined || prefix === undefined
      ? macOfName(topology.name, 'nic', owner, network)
      : macOfAddress(prefix, address.address);
  };
  for (const guest of topology.guests.values()) {
    for (const { name: network, place, mac } of guest.nics.values()) {
      const written = mac?.value.toLowerCase();
      uses.push({
        owner: guest.name,
        network,
        mac: written ?? derived(guest.name, network),
        written: written !== undefined,
        place: mac?.place ?? place,
      });
    }
  }
  for (const gateway of topology.gateways.values()) {
    for (const { name: network, place } of gateway.nics.values()) {
      uses.push({ owner: gateway.name, network, mac: derived(gateway.name, network), written: false, place });
    }
  }
  reportRepeats(uses, notes);
  const byNic = new Map(uses.map((use) => [`${use.owner}/${use.network}`, use.mac]));
  return (owner, network) => byNic.get(`${owner}/${network}`) ?? derived(owner, network);
}

function reportRepeats(uses: readonly MacUse[], notes: Notes): void {
  const first = new Map<string, MacUse>();
  // What is written counts before what is derived, so that the hint goes to the one that can be changed by writing it.
  const ordered = [...uses].sort((a, b) => Number(b.written) - Number(a.written) || byPlace(a.place, b.place));
  for (const use of ordered) {
    const key = `${use.network}/${use.mac}`;
    const other = first.get(key);
    if (other === undefined) first.set(key, use);
    else {
      const how = use.written ? '' : ' (derived from its address)';
      notes.report(
        'mac-twice',
        use.place,
        `MAC ${use.mac} of ${use.owner}${how} is that of ${other.owner} on network ${use.network}; the bridge would mix up their frames.`,
        {
          hint: use.written ? 'choose another one, or leave `mac` out' : 'write another one: `{ address: …, mac: … }`',
          related: [related(other.place, `first used here, by ${other.owner}`)],
        },
      );
    }
  }
}
