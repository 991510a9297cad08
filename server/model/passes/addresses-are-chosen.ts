/**
 * In: the resolved topology and its subnets. Out: the same topology with an address wherever `auto` stood: one of each family
 * that the network has and no address is written for. From here on nobody can tell a chosen address from a written one.
 *
 * Which one it is follows from the guest's name and the subnet (`choose-numbers.ts`); the names of topology and network play no
 * part, so that renaming them moves nobody. A written address, whoever has it, comes first: the guest that had it moves on.
 * Of several subnets the first with room is taken, in the order of their addresses; where one is full, those with the lowest
 * standing in it go on to the next.
 */
import { mustParseAddress } from '../../core/address.ts';
import type { Address, Family } from '../../core/address.ts';
import type { GuestEntry, GuestNicEntry, Located, NetworkEntry, Topology } from '../../flow/topology.ts';
import { addressAt, poolOf, positionIn } from '../address-pool.ts';
import { addressesInUse } from '../addresses-in-use.ts';
import { chooseNumbers } from '../choose-numbers.ts';
import type { Notes } from '../report.ts';
import { byPlace, compareText } from '../report.ts';
import { subnetKey } from '../subnet-index.ts';
import type { IndexedSubnet } from '../subnet-index.ts';
import type { Wanting } from './full-subnets.ts';
import { reportFull } from './full-subnets.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

/** By network, then by guest. */
type Chosen = ReadonlyMap<string, ReadonlyMap<string, readonly Address[]>>;

export function chooseAddresses(topology: Topology, subnets: Subnets, notes: Notes): Topology {
  const wanting = wantingOf(topology);
  if (wanting.size === 0) return topology;
  const inUse = addressesInUse(topology, subnets);
  const chosen = new Map<string, Map<string, Address[]>>();
  for (const [name, nics] of wanting) {
    const network = topology.networks.get(name);
    const own = subnets.byNetwork.get(name) ?? [];
    if (network === undefined) continue;
    if (own.length === 0) reportWithout(network, nics, notes);
    const ofNetwork = new Map<string, Address[]>();
    for (const family of [4, 6] as const) {
      const guests = nics.filter(({ nic }) => !hasFamily(nic, family)).map(({ guest, place }) => ({ guest, place }));
      const ofFamily = own.filter((subnet) => subnet.family === family).sort((a, b) => (a.first < b.first ? -1 : 1));
      if (ofFamily.length === 0) continue;
      for (const [guest, address] of chooseIn(network, ofFamily, guests, inUse, notes)) {
        ofNetwork.set(guest, [...(ofNetwork.get(guest) ?? []), address]);
      }
    }
    chosen.set(name, ofNetwork);
  }
  return {
    ...topology,
    guests: new Map([...topology.guests].map(([name, guest]) => [name, withChosen(guest, chosen)])),
  };
}

interface WantingNic extends Wanting {
  readonly nic: GuestNicEntry;
}

/** By network, in order of name. */
function wantingOf(topology: Topology): ReadonlyMap<string, readonly WantingNic[]> {
  const wanting = new Map<string, WantingNic[]>();
  for (const guest of topology.guests.values()) {
    for (const nic of guest.nics.values()) {
      if (nic.auto === null) continue;
      const entry = { guest: guest.name, place: nic.auto, nic };
      const list = wanting.get(nic.name);
      if (list === undefined) wanting.set(nic.name, [entry]);
      else list.push(entry);
    }
  }
  return new Map([...wanting].sort(([a], [b]) => compareText(a, b)));
}

function chooseIn(
  network: NetworkEntry,
  subnets: readonly IndexedSubnet[],
  guests: readonly Wanting[],
  inUse: ReadonlyMap<string, readonly Address[]>,
  notes: Notes,
): ReadonlyMap<string, Address> {
  const chosen = new Map<string, Address>();
  let left = guests;
  const room: number[] = [];
  for (const subnet of subnets) {
    const pool = poolOf(subnet);
    const taken = new Set((inUse.get(subnetKey(subnet)) ?? []).flatMap((each) => positionIn(pool, each) ?? []));
    room.push(pool.size - taken.size);
    const names = left.map((each) => each.guest);
    for (const [guest, number] of chooseNumbers(names, subnet.text, pool.size, taken)) {
      chosen.set(guest, addressAt(pool, subnet.family, number));
    }
    left = left.filter(({ guest }) => !chosen.has(guest));
  }
  if (left.length > 0) reportFull(network, subnets, room, guests.length, left, notes);
  return chosen;
}

function hasFamily(nic: GuestNicEntry, family: Family): boolean {
  return nic.addresses.some((each) => mustParseAddress(each.value).family === family);
}

function withChosen(guest: GuestEntry, chosen: Chosen): GuestEntry {
  if ([...guest.nics.values()].every((nic) => nic.auto === null)) return guest;
  const nics = [...guest.nics].map(([name, nic]): [string, GuestNicEntry] => {
    const { auto } = nic;
    if (auto === null) return [name, nic];
    const more = (chosen.get(name)?.get(guest.name) ?? []).map((value): Located<Address> => ({ value, place: auto }));
    return [name, { ...nic, addresses: [...nic.addresses, ...more] }];
  });
  return { ...guest, nics: new Map(nics) };
}

function reportWithout(network: NetworkEntry, nics: readonly Wanting[], notes: Notes): void {
  for (const { guest } of nics) notes.doubtful.add(guest);
  const [first] = [...nics].sort((a, b) => byPlace(a.place, b.place));
  if (first === undefined || notes.doubtful.has(network.name)) return;
  notes.report(
    'auto-without-subnet',
    first.place,
    `Network ${network.name} has no subnet, so no address can be chosen there for ${nics.length === 1 ? `guest ${first.guest}` : `the ${String(nics.length)} guests that ask for one`}.`,
    {
      hint: `add a \`subnet:\` to network ${network.name}, or write \`${network.name}: {}\` for a NIC without an address`,
    },
  );
}
