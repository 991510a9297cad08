/**
 * What a match or the key of a map looks for, as sets of packets: those of which it holds surely, and those of which it may. As
 * in `judge/lookup.ts`, a field that a packet does not have makes a rule not match, negated or not.
 */
import type { Among, Entry, Members, Need, Part, Table, Term } from '../rules/ruleset.ts';
import { membersOf } from './cuts.ts';
import type { ClassRange, PacketSet } from './diagrams.ts';
import { ALL, NONE } from './diagrams.ts';
import type { Field, Layout } from './fields.ts';
import { classesIn, havingValues, joinedRanges } from './fields.ts';
import { once } from './once.ts';

export interface Doubtful {
  readonly sure: PacketSet;
  /** All of `sure`, and more. */
  readonly may: PacketSet;
}

export const NEVER: Doubtful = { sure: NONE, may: NONE };
export const ALWAYS: Doubtful = { sure: ALL, may: ALL };
const PERHAPS: Doubtful = { sure: NONE, may: ALL };

/** The kernel reads conntrack's status whole, and of these bits only is anything known before it is done with a packet. */
const KNOWN_STATUS = 1n | 2n | 4n | 8n | 16n | 32n | 512n;

export interface KeyedEntries {
  readonly members: Members | undefined;
  /** The key can be read at all. */
  readonly there: Doubtful;
  /** Each element with the packets that have its key. */
  each(): readonly (readonly [Entry, Doubtful])[];
  /** Of all elements together. */
  readonly inside: Doubtful;
  /** A part of the key has a value that is not known, or elements come and go. */
  readonly unsure: boolean;
}

export interface Conditions {
  readonly layout: Layout;
  match(key: readonly Term[], among: Among, negated: boolean, table: Table): Doubtful;
  lookUp(key: readonly Term[], among: Among, table: Table): KeyedEntries;
}

export function conditionsOf(layout: Layout): Conditions {
  const known = new Map<Members | undefined, Map<string, KeyedEntries>>();
  const lookUp: Conditions['lookUp'] = (key, among, table) => {
    const members = membersOf(among, table);
    const signature = key.map(({ field, mask, needs }) => `${field}/${String(mask)}/${needsText(needs)}`).join(' ');
    const found = known.get(members)?.get(signature);
    if (found !== undefined) return found;
    const entries = keyedEntries(layout, key, members);
    known.set(members, (known.get(members) ?? new Map<string, KeyedEntries>()).set(signature, entries));
    return entries;
  };
  return {
    layout,
    lookUp,
    match(key, among, negated, table) {
      const { diagrams } = layout;
      const { there, inside, members } = lookUp(key, among, table);
      if (members === undefined) return { sure: NONE, may: there.may };
      const [sure, may] = negated ? [diagrams.not(inside.may), diagrams.not(inside.sure)] : [inside.sure, inside.may];
      return { sure: diagrams.and(there.sure, sure), may: diagrams.and(there.may, may) };
    },
  };
}

function needsText(needs: readonly Need[]): string {
  return needs.map(({ field, values }) => `${field}=${values.join(',')}`).join(';');
}

function keyedEntries(layout: Layout, key: readonly Term[], members: Members | undefined): KeyedEntries {
  const { diagrams } = layout;
  const terms = key.map((term) => readable(layout, term));
  const there = terms.map((term) => term.there).reduce((a, b) => both(layout, a, b), ALWAYS);
  const unsure = members?.changing === true || terms.some((term) => !term.known);
  const each = once(() =>
    (members?.entries ?? []).map((entry): readonly [Entry, Doubtful] => {
      // From the last variable up, so that little is built twice.
      const parts = entry.key.map((part, index) => terms[index]?.test(part) ?? PERHAPS);
      const whole = parts.toReversed().reduce((a, b) => both(layout, a, b), ALWAYS);
      return [entry, members?.changing === true ? { sure: NONE, may: whole.may } : whole];
    }),
  );
  const inside = once((): Doubtful => {
    if (members === undefined) return PERHAPS;
    const open = members.changing || members.unread.length > 0;
    const [only] = terms;
    const together =
      terms.length === 1 && only !== undefined
        ? only.any(members.entries.flatMap(({ key: [part] }) => part ?? []))
        : {
            sure: diagrams.union(each().map(([, { sure }]) => sure)),
            may: diagrams.union(each().map(([, { may }]) => may)),
          };
    const rest = members.otherwise !== null;
    const sure = members.changing
      ? NONE
      : rest && !open
        ? diagrams.or(together.sure, diagrams.not(together.may))
        : together.sure;
    return { sure, may: open || rest ? ALL : together.may };
  });
  return {
    members,
    there,
    each,
    get inside() {
      return inside();
    },
    unsure,
  };
}

export function both({ diagrams }: Layout, a: Doubtful, b: Doubtful): Doubtful {
  const sure = diagrams.and(a.sure, b.sure);
  return a.sure === a.may && b.sure === b.may ? { sure, may: sure } : { sure, may: diagrams.and(a.may, b.may) };
}

interface Readable {
  readonly there: Doubtful;
  /** Its value is told apart, for those that have it. */
  readonly known: boolean;
  test(part: Part): Doubtful;
  any(parts: readonly Part[]): Doubtful;
}

function readable(layout: Layout, term: Term): Readable {
  const needs = term.needs.map((need) => metBy(layout, need)).reduce((a, b) => both(layout, a, b), ALWAYS);
  const constant = constantOf(layout, term);
  if (constant !== undefined) {
    const holds = (part: Part): boolean => 'first' in part && constant >= part.first && constant <= part.last;
    const answer = (is: boolean): Doubtful => (is ? ALWAYS : NEVER);
    return {
      there: needs,
      known: true,
      test: (part) => answer(holds(part)),
      any: (parts) => answer(parts.some(holds)),
    };
  }
  const field = fieldOf(layout, term);
  if (field === undefined) {
    // Nobody says whether the packet has it, or what it is.
    return {
      there: { sure: NONE, may: needs.may },
      known: false,
      test: () => PERHAPS,
      any: (parts) => (parts.length === 0 ? NEVER : PERHAPS),
    };
  }
  const { diagrams } = layout;
  const whole = term.field === 'ct status' && (term.mask === null || (term.mask & ~KNOWN_STATUS) !== 0n);
  const present: Doubtful = { sure: field.present, may: field.elsewhere === 'unknown' ? ALL : field.present };
  const any = (parts: readonly Part[]): Doubtful => {
    if (parts.length === 0) return NEVER;
    if (whole) return PERHAPS;
    const found = parts.map((part) => classesIn(field, part, term.mask));
    const [sure, may] = [0, 1].map((which) =>
      set(
        field,
        found.flatMap((pair) => pair[which] ?? []),
      ),
    );
    const elsewhere = field.elsewhere === 'unknown' ? diagrams.not(field.present) : NONE;
    return { sure: diagrams.and(sure ?? NONE, field.present), may: diagrams.or(may ?? NONE, elsewhere) };
  };
  const set = ({ block }: Field, ranges: readonly ClassRange[]): PacketSet =>
    diagrams.classes(block, joinedRanges(ranges));
  const known = !whole && !isMixed(field, term.mask);
  return { there: both(layout, needs, present), known, test: (part) => any([part]), any };
}

/** A mask of which the classes of addresses say nothing. */
function isMixed({ classes }: Field, mask: bigint | null): boolean {
  if (classes.type !== 'spans' || mask === null) return false;
  const host = classes.last & ~mask;
  return (host & (host + 1n)) !== 0n;
}

function metBy(layout: Layout, { field, values }: Need): Doubtful {
  const constant = constantOf(layout, { field, mask: null });
  if (constant !== undefined) return values.includes(constant) ? ALWAYS : NEVER;
  if (!layout.fields.has(field)) return PERHAPS;
  const met = havingValues(layout, field, values);
  return { sure: met, may: met };
}

/** What is the same for all packets of a family. */
function constantOf({ family }: Layout, { field, mask }: Pick<Term, 'field' | 'mask'>): bigint | undefined {
  const value = field === 'l3proto' ? (family === 4 ? 0x08_00n : 0x86_ddn) : family === 4 ? 2n : 10n;
  if (field !== 'l3proto' && field !== 'nfproto') return undefined;
  return mask === null ? value : value & mask;
}

function fieldOf({ fields, family }: Layout, { field }: Term): Field | undefined {
  // The first header behind that of IPv6: packets are asked about without any in between.
  if (field === 'ip6 nexthdr') return family === 6 ? fields.get('l4proto') : undefined;
  return fields.get(field);
}
