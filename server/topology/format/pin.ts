/**
 * `auto` addresses written out: `nics: { shop: auto }` becomes `nics: { shop: 10.1.1.57 }`, so that they stay whatever comes and
 * goes. A line that makes several guests, by `for`, by `use` or by an alias, has no one address to hold.
 */
import { isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { addressPart, familyOf } from '../../core/address.ts';
import type { Place } from '../../core/place.ts';
import type { Model } from '../../flow/model.ts';
import type { Topology } from '../../flow/topology.ts';
import { parseText } from './format-yaml.ts';

/** A NIC of a guest with an address that was chosen. */
export interface PinnedNic {
  readonly guest: string;
  readonly network: string;
  readonly addresses: readonly string[];
}

export interface UnpinnedNic extends PinnedNic {
  /** Why its address could not be written: the end of a sentence. */
  readonly reason: string;
}

export interface Pinned {
  readonly text: string;
  readonly pinned: readonly PinnedNic[];
  readonly unpinned: readonly UnpinnedNic[];
}

interface AutoNic extends PinnedNic {
  readonly place: Place;
}

/** `topology` and `model` were made from this text. */
export function pinAddresses(
  source: { readonly file: string; readonly text: string },
  topology: Topology,
  model: Model,
): Pinned {
  const text = source.text.replace(/^\uFEFF/, '');
  const spots = autoSpots(text);
  const byPlace = Map.groupBy(
    autoNics(topology, model),
    ({ place }) => `${spotKey(place.line, place.column)}:${place.file}`,
  );
  const pinned: PinnedNic[] = [];
  const unpinned: UnpinnedNic[] = [];
  const edits: { readonly spot: Spot; readonly addresses: readonly string[] }[] = [];
  for (const sharing of byPlace.values()) {
    for (const { place, ...nic } of sharing) {
      const spot = place.file === source.file ? spots.get(spotKey(place.line, place.column)) : undefined;
      const reason = whyNot(place, source.file, spot, sharing.length);
      if (spot === undefined || reason !== null) unpinned.push({ ...nic, reason: reason ?? '' });
      else {
        pinned.push(nic);
        edits.push({ spot, addresses: nic.addresses });
      }
    }
  }
  return { text: edited(text, edits), pinned, unpinned };
}

function whyNot(place: Place, file: string, spot: Spot | undefined, sharing: number): string | null {
  const line = `line ${String(place.line)}`;
  if (place.file !== file) return `its address is written in ${place.file}, ${line}`;
  if (sharing > 1) return `${line} makes ${String(sharing)} NICs, each with an address of its own`;
  return spot === undefined ? `\`auto\` on ${line} is what an expression makes` : null;
}

function autoNics(topology: Topology, model: Model): readonly AutoNic[] {
  return [...topology.guests.values()].flatMap((guest) =>
    [...guest.nics.values()].flatMap(({ name, auto, addresses }): AutoNic[] => {
      if (auto === null) return [];
      const written = new Set(addresses.map(({ value }) => familyOf(value)));
      const nic = model.guests.get(guest.name)?.nics.find(({ network }) => network === name);
      const chosen = (nic?.addresses ?? []).map(addressPart).filter((address) => !written.has(familyOf(address)));
      return chosen.length === 0 ? [] : [{ guest: guest.name, network: name, addresses: chosen, place: auto }];
    }),
  );
}

function spotKey(line: number, column: number): string {
  return `${String(line)}:${String(column)}`;
}

/** An `auto` in the text: from where to where, and what it stands in. */
interface Spot {
  readonly start: number;
  readonly end: number;
  readonly inside: 'entry' | 'list' | 'lines';
}

function autoSpots(text: string): ReadonlyMap<string, Spot> {
  const { root, layout } = parseText(text);
  const spots = new Map<string, Spot>();
  const visit = (node: ParsedNode | null, inside: Spot['inside']): void => {
    if (isMap(node)) for (const { value } of node.items) visit(value, 'entry');
    else if (isSeq(node)) for (const item of node.items) visit(item, node.flow === true ? 'list' : 'lines');
    else if (isScalar(node) && node.value === 'auto') {
      const [start, end] = node.range;
      spots.set(spotKey(layout.lineOf(start), layout.columnOf(start)), { start, end, inside });
    }
  };
  visit(root, 'entry');
  return spots;
}

function edited(
  text: string,
  edits: readonly { readonly spot: Spot; readonly addresses: readonly string[] }[],
): string {
  let result = text;
  for (const { spot, addresses } of edits.toSorted((a, b) => b.spot.start - a.spot.start)) {
    result = result.slice(0, spot.start) + writtenOut(text, spot, addresses) + result.slice(spot.end);
  }
  return result;
}

/** In quotes, which JSON needs and the normal form takes away again. */
function writtenOut(text: string, { start, inside }: Spot, addresses: readonly string[]): string {
  const quoted = addresses.map((address) => JSON.stringify(address));
  if (inside === 'entry' && quoted.length > 1) return `[${quoted.join(', ')}]`;
  if (inside !== 'lines') return quoted.join(', ');
  const dash = text.lastIndexOf('-', start);
  const column = dash - text.lastIndexOf('\n', dash) - 1;
  return quoted.join(`\n${' '.repeat(column)}- `);
}
