import { prefixOf } from '../../core/address.ts';
import type { Place } from '../../core/place.ts';
import type { NetworkEntry } from '../../flow/topology.ts';
import { lengthFor, poolOf } from '../address-pool.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';
import type { IndexedSubnet } from '../subnet-index.ts';

/** A guest that an address is to be chosen for, and where it says so. */
export interface Wanting {
  readonly guest: string;
  readonly place: Place;
}

/** One for a network and family: how many are wanted, how many there are, and what would do. */
export function reportFull(
  network: NetworkEntry,
  subnets: readonly IndexedSubnet[],
  room: readonly number[],
  wanted: number,
  left: readonly Wanting[],
  notes: Notes,
): void {
  for (const { guest } of left) notes.doubtful.add(guest);
  const [subnet] = subnets;
  if (subnet === undefined) return;
  const free = room.reduce((sum, each) => sum + each, 0);
  const where = subnets.map((each) => each.text).join(' and ');
  const place = network.subnets.find((each) => each.value === subnet.text)?.place ?? network.place;
  notes.report(
    'no-free-address',
    place,
    `${String(wanted)} ${wanted === 1 ? 'guest asks' : 'guests ask'} for an IPv${String(subnet.family)} address on network ${network.name} (\`auto\`), and ${where} ${subnets.length === 1 ? 'has' : 'have'} ${String(free)} free: ${String(left.length)} would go without one.`,
    {
      hint: hintOf(subnet, subnets.length === 1, room[0] ?? 0, wanted, left.length),
      related: [...left]
        .sort((a, b) => byPlace(a.place, b.place))
        .slice(0, 3)
        .map(({ guest, place: at }) => related(at, `guest ${guest} asks for one here`)),
    },
  );
}

function hintOf(subnet: IndexedSubnet, only: boolean, free: number, wanted: number, left: number): string {
  const { family } = subnet;
  if (only) {
    const length = lengthFor(family, wanted + poolOf(subnet).size - free);
    if (length !== undefined) {
      const larger = prefixOf({ family, value: subnet.first, text: '' }, length).text;
      return `a /${String(length)} would do: \`subnet: ${larger}\`, if its addresses are free`;
    }
  }
  const further = lengthFor(family, left);
  return further === undefined
    ? 'spread the guests over several networks'
    : `add a further subnet: a /${String(further)} would do`;
}
