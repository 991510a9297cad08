/**
 * Packets that one translation sends to ten thousand places, told one place at a time at little cost: those that arrived at one
 * address and port are cut out of the set, and what is left (sources, protocols) is the same for nearly all of them.
 */
import type { Span } from '../rules/ruleset.ts';
import type { PacketSet } from './diagrams.ts';
import { NONE } from './diagrams.ts';
import type { Field, Layout } from './fields.ts';
import { spanOf } from './fields.ts';

/** Packets that arrive at one address and one of these ports. */
export interface Cell {
  readonly destinations: readonly Span[];
  readonly ports: readonly Span[];
  /** Whatever the destination and its port: what they are beside that. */
  readonly rest: PacketSet;
  /** Those of which it is not sure where they end. */
  readonly doubtful: PacketSet;
}

/** Classes of addresses, and of the ports at each. */
export type Cells = readonly (readonly [number, readonly number[]])[];

/** Addresses and ports of one case that are looked at one by one. */
const MOST_CELLS = 64;

/**
 * The addresses and ports that packets of a case arrive at, as classes.
 *
 * @returns `undefined` where they are too many, or any
 */
export function cellsOf(layout: Layout, packets: PacketSet): Cells | undefined {
  const { address, port } = fieldsOf(layout);
  if (address === undefined || port === undefined) return undefined;
  const { diagrams } = layout;
  const others = diagrams.blocks.filter((block) => block !== address.block && block !== port.block);
  const found: (readonly [number, readonly number[]])[] = [];
  let count = 0;
  for (const [below, ranges] of diagrams.branches(diagrams.without(packets, ...others), address.block)) {
    if (below === NONE) continue;
    const ports = classesOf(diagrams.branches(below, port.block));
    const addresses = ranges.flatMap(([first, last]) => upTo(first, last));
    count += addresses.length * (ports?.length ?? MOST_CELLS + 1);
    if (ports === undefined || count > MOST_CELLS) return undefined;
    for (const each of addresses) found.push([each, ports]);
  }
  return found;
}

function classesOf(
  branches: ReadonlyMap<PacketSet, readonly (readonly [number, number])[]>,
): readonly number[] | undefined {
  const ranges = [...branches].flatMap(([below, each]) => (below === NONE ? [] : each));
  const size = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  return size > MOST_CELLS ? undefined : ranges.flatMap(([first, last]) => upTo(first, last));
}

function upTo(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function fieldsOf({ fields, family }: Layout): {
  readonly address: Field | undefined;
  readonly port: Field | undefined;
} {
  return { address: fields.get(family === 4 ? 'ip daddr' : 'ip6 daddr'), port: fields.get('th dport') };
}

/** The part of a set that arrives there; ports that leave the same are together. */
export function cut(layout: Layout, packets: PacketSet, doubtful: PacketSet, cells: Cells): readonly Cell[] {
  const { address, port } = fieldsOf(layout);
  if (address === undefined || port === undefined) return [];
  const { diagrams } = layout;
  const spansAt = (field: Field, index: number): readonly Span[] => {
    const span = spanOf(field, index);
    return span === undefined ? [] : [span];
  };
  return cells.flatMap(([destination, ports]) => {
    const [here, open] = [packets, doubtful].map((set) => diagrams.fixed(set, address.block, destination));
    const found = new Map<string, Cell & { readonly ports: Span[] }>();
    for (const each of ports) {
      const [rest, doubt] = [here ?? NONE, open ?? NONE].map((set) => diagrams.fixed(set, port.block, each));
      if (rest === undefined || rest === NONE) continue;
      const key = `${String(rest)} ${String(doubt)}`;
      const cell = found.get(key) ?? {
        ...{ rest, doubtful: doubt ?? NONE, destinations: spansAt(address, destination), ports: [] },
      };
      found.set(key, cell);
      cell.ports.push(...spansAt(port, each));
    }
    return [...found.values()].map((cell) => ({ ...cell, ports: joined(cell.ports) }));
  });
}

function joined(spans: readonly Span[]): readonly Span[] {
  const found: Span[] = [];
  for (const span of spans) {
    const before = found.at(-1);
    if (before !== undefined && before.last + 1n === span.first) found.splice(-1, 1, { ...before, last: span.last });
    else found.push(span);
  }
  return found;
}
