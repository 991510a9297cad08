/** What a stack knows beside its rules, as regions of packets rather than one packet at a time (`judge/stack.ts`). */
import type { Packet } from '../judge/packet.ts';
import { addressField, familyOf } from '../judge/packet.ts';
import type { Stack, Way } from '../judge/stack.ts';
import type { FieldName } from '../rules/field-names.ts';
import type { Span } from '../rules/ruleset.ts';
import type { Extra } from './cuts.ts';
import type { PacketSet } from './diagrams.ts';
import { ALL, NONE } from './diagrams.ts';
import type { Layout, SetField } from './fields.ts';
import { classesIn, classOf, havingValues } from './fields.ts';

/** `null`: whatever it is. */
export interface Region {
  readonly to: Span | null;
  readonly from: Span | null;
  readonly mark: bigint | null;
  /** The interface that it came in by. */
  readonly device: string | null;
}

export const ANYWHERE: Region = { to: null, from: null, mark: null, device: null };

export interface Facts {
  /** The first that fits decides; where none does, there is no route. */
  ways(family: 4 | 6): readonly { readonly region: Region; readonly way: Way }[];
  /** As in `judge/stack.ts`. */
  address(device: string, family: 4 | 6): bigint | null | undefined;
  readonly devices: readonly string[];
  /** Whether what comes in by the interface is routed on; where absent, everything is. */
  forwards?(device: string, family: 4 | 6): boolean;
  /** Answers to `fib` expressions, the first that fits; `undefined`: not known. */
  fib?(
    family: 4 | 6,
  ): ReadonlyMap<FieldName, readonly { readonly region: Region; readonly value: bigint | undefined }[]>;
}

/** The same, asked of one packet at a time. */
export function stackOf(facts: Facts): Stack {
  return {
    address: (device, packet) => facts.address(device, familyOf(packet)),
    fib(field, packet) {
      const family = familyOf(packet);
      for (const { region, value } of facts.fib?.(family).get(field) ?? []) {
        const fits = isIn(region, packet, family);
        if (fits !== false) return fits === null ? undefined : value;
      }
      return undefined;
    },
    route(packet) {
      const family = familyOf(packet);
      const device = packet.get('iifname');
      const arrives = typeof device === 'string' && device !== '';
      for (const { region, way } of facts.ways(family)) {
        const fits = isIn(region, packet, family);
        if (fits === null) return { type: 'unknown', why: 'what the way depends on is not known' };
        if (!fits) continue;
        const shut = arrives && way.type === 'out' && facts.forwards?.(device, family) === false;
        return shut ? { type: 'none', why: `what comes in by ${device} is not forwarded` } : way;
      }
      return { type: 'none', why: 'no route' };
    },
  };
}

/** `null`: it cannot be said. */
function isIn({ to, from, mark, device }: Region, packet: Packet, family: 4 | 6): boolean | null {
  const within = (span: Span | null, side: 'source' | 'destination'): boolean | null => {
    const value = packet.get(addressField(family, side));
    if (span === null) return true;
    return typeof value === 'bigint' ? value >= span.first && value <= span.last : null;
  };
  const found = packet.get('mark');
  const marked = mark === null ? true : typeof found === 'bigint' ? found === mark : null;
  const here = device === null || packet.get('iifname') === device;
  const answers = [within(to, 'destination'), within(from, 'source'), marked, here];
  return answers.includes(false) ? false : answers.includes(null) ? null : true;
}

/** What rules have to tell apart for the sake of the stack. */
export function extraOf(facts: Facts, family: 4 | 6, more: Extra['spans'] = []): Extra {
  const regions = [...facts.ways(family), ...[...(facts.fib?.(family).values() ?? [])].flat()].map(
    ({ region }) => region,
  );
  const word = family === 4 ? 'ip' : 'ip6';
  const spans = regions.flatMap(({ to, from }) => [
    ...(to === null ? [] : [[`${word} daddr`, to] as const]),
    ...(from === null ? [] : [[`${word} saddr`, from] as const]),
  ]);
  const own = facts.devices.flatMap((device) => {
    const address = facts.address(device, family);
    if (typeof address !== 'bigint') return [];
    const span = { first: address, last: address };
    return [[`${word} saddr`, span] as const, [`${word} daddr`, span] as const];
  });
  const marks = regions.flatMap(({ mark }) => mark ?? []);
  return { spans: [...spans, ...own, ...more], devices: facts.devices, marks };
}

/** Packets by what the first fitting region says of them; those that no region has are left out. */
export function regionsOf<T>(
  layout: Layout,
  list: readonly { readonly region: Region; readonly value: T }[],
  keyOf: (value: T) => string,
  unclear: T,
): readonly (readonly [T, PacketSet])[] {
  const { diagrams } = layout;
  const groups = new Map<string, { readonly value: T; readonly sets: PacketSet[] }>();
  const give = (value: T, set: PacketSet): void => {
    if (set === NONE) return;
    const group = groups.get(keyOf(value)) ?? { value, sets: [] };
    groups.set(keyOf(value), group);
    group.sets.push(set);
  };
  let left: PacketSet = ALL;
  for (const { region, value } of list) {
    const { sure, may } = inRegion(layout, region);
    give(value, diagrams.and(left, sure));
    // A mark that nobody knows may be the one.
    give(unclear, diagrams.and(left, diagrams.minus(may, sure)));
    left = diagrams.minus(left, may);
    if (left === NONE) break;
  }
  return [...groups.values()].map(({ value, sets }) => [value, diagrams.union(sets)] as const);
}

function inRegion(
  layout: Layout,
  { to, from, mark, device }: Region,
): { readonly sure: PacketSet; readonly may: PacketSet } {
  const { diagrams, fields } = layout;
  const word = layout.family === 4 ? 'ip' : 'ip6';
  const span = (name: SetField, wanted: Span | null): PacketSet => {
    const field = fields.get(name);
    return wanted === null || field === undefined
      ? ALL
      : diagrams.classes(field.block, classesIn(field, wanted, null)[0]);
  };
  const at = diagrams.and(span(`${word} daddr`, to), span(`${word} saddr`, from));
  const here = device === null ? at : diagrams.and(at, havingName(layout, 'iifname', device));
  if (mark === null) return { sure: here, may: here };
  const sure = diagrams.and(here, havingValues(layout, 'mark', [mark]));
  return { sure, may: diagrams.or(sure, diagrams.and(here, unknownMark(layout))) };
}

function unknownMark({ fields, diagrams }: Layout): PacketSet {
  const field = fields.get('mark');
  const other = field?.classes.type === 'values' ? field.classes.values.indexOf(null) : -1;
  return field === undefined || other < 0 ? NONE : diagrams.classes(field.block, [[other, other]]);
}

export function havingName({ fields, diagrams }: Layout, name: 'iifname' | 'oifname', device: string): PacketSet {
  const field = fields.get(name);
  const found = field === undefined ? undefined : classOf(field, device);
  return field === undefined || found === undefined ? NONE : diagrams.classes(field.block, [[found, found]]);
}
