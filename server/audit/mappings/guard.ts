/**
 * What must hold of a packet for a rule to be reached: by field, the values that are left. Narrowed statement by statement; what
 * no list of values can say (a negation, a rate limit, some bits of a field) is kept as text. What earlier rules took away is
 * not taken off: a guard says who may come by, not who must.
 */
import type { FieldName } from '../../reach/rules/field-names.ts';
import type { Among, Entry, Members, Need, Part, Span, Table, Term } from '../../reach/rules/ruleset.ts';

export interface Guard {
  readonly fields: ReadonlyMap<FieldName, readonly Part[]>;
  readonly others: readonly string[];
}

export const ANYTHING: Guard = { fields: new Map(), others: [] };

/** One way in which a lookup can succeed. */
export interface Hit {
  readonly guard: Guard;
  /** `null` for what stands for every other key of a map. */
  readonly entry: Entry | null;
  readonly value: Entry['value'];
}

export function membersOf(among: Among, table: Table): Members | undefined {
  return 'members' in among ? among.members : table.sets.get(among.set);
}

/** The guards under which the key is (with `negated`: is not) among the members; none where that cannot be. */
export function narrowedBy(
  guard: Guard,
  { key, among, negated }: { readonly key: readonly Term[]; readonly among: Among; readonly negated: boolean },
  table: Table,
): readonly Guard[] {
  const there = readable(guard, key);
  if (there === null) return [];
  const members = membersOf(among, table);
  const [term] = key;
  if (members === undefined || negated || term === undefined)
    return [withText(there, `${negated ? 'not ' : ''}${nameOf(key, among)}`)];
  if (members.otherwise !== null) return [there];
  const unsure = members.changing || members.unread.length > 0;
  if (key.length === 1 && term.mask === null) {
    const left = narrowed(
      there,
      term.field,
      members.entries.flatMap(({ key: [part] }) => (part === undefined ? [] : [part])),
    );
    if (unsure) return [withText(there, nameOf(key, among))];
    return left === null ? [] : [left];
  }
  if (unsure) return [withText(there, nameOf(key, among))];
  return members.entries.flatMap((entry) => {
    const left = narrowedByEntry(there, key, entry);
    return left === null ? [] : [left];
  });
}

/** What a map may have for the key. */
export function hitsOf(guard: Guard, key: readonly Term[], among: Among, table: Table): readonly Hit[] {
  const there = readable(guard, key);
  const members = membersOf(among, table);
  if (there === null || members === undefined) return [];
  const hits = members.entries.flatMap((entry): readonly Hit[] => {
    const left = narrowedByEntry(there, key, entry);
    return left === null ? [] : [{ guard: left, entry, value: entry.value }];
  });
  return members.otherwise === null ? hits : [...hits, { guard: there, entry: null, value: members.otherwise }];
}

export function withText(guard: Guard, text: string): Guard {
  return { ...guard, others: [...guard.others, text] };
}

function narrowedByEntry(guard: Guard, key: readonly Term[], { key: parts }: Entry): Guard | null {
  let left: Guard | null = guard;
  for (const [index, { field, mask }] of key.entries()) {
    const part = parts[index];
    if (part === undefined || left === null) continue;
    left = mask === null ? narrowed(left, field, [part]) : withText(left, `some bits of ${field}`);
  }
  return left;
}

/** What the fields of a key need to be there at all. */
function readable(guard: Guard, key: readonly Term[]): Guard | null {
  return key
    .flatMap(({ needs }) => needs)
    .reduce<Guard | null>((left, need) => (left === null ? null : narrowed(left, need.field, spansOf(need))), guard);
}

function spansOf({ values }: Need): readonly Span[] {
  return values.map((value) => ({ first: value, last: value }));
}

function narrowed(guard: Guard, field: FieldName, parts: readonly Part[]): Guard | null {
  const before = guard.fields.get(field);
  const left =
    before === undefined ? parts : before.flatMap((one) => parts.flatMap((other) => common(one, other) ?? []));
  return left.length === 0 ? null : { ...guard, fields: new Map([...guard.fields, [field, left]]) };
}

function common(one: Part, other: Part): Part | null {
  if ('name' in one || 'name' in other) {
    if (!('name' in one && 'name' in other)) return null;
    const [shorter, longer] = one.name.length <= other.name.length ? [one, other] : [other, one];
    if (one.name === other.name) return one.prefix ? other : one;
    return shorter.prefix && longer.name.startsWith(shorter.name) ? longer : null;
  }
  const first = one.first > other.first ? one.first : other.first;
  const last = one.last < other.last ? one.last : other.last;
  return first > last ? null : { first, last };
}

/** Whether some packet can meet both, as far as the values of fields say. */
export function overlap(one: Guard, other: Guard): boolean {
  return [...one.fields].every(([field, parts]) => {
    const others = other.fields.get(field);
    return others === undefined || parts.some((part) => others.some((each) => common(part, each) !== null));
  });
}

function nameOf(key: readonly Term[], among: Among): string {
  const fields = key.map(({ field }) => field).join(' . ');
  return 'set' in among ? `${fields} in @${among.set}` : `${fields} in a list`;
}
