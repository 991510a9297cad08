/** Everything that a ruleset tells apart, field by field, as the classes that its sets are built on. */
import type { FieldName } from '../rules/field-names.ts';
import type { Among, Members, Part, Ruleset, Span, Statement, Table, Term, Value } from '../rules/ruleset.ts';
import type { Classes, SetField } from './fields.ts';
import { unmasked } from './fields.ts';
import { WITH_PORTS } from '../rules/fields.ts';

/** What else has to be told apart: routes, addresses of the stack, ends of a question. */
export interface Extra {
  readonly spans: readonly (readonly [FieldName, Span])[];
  readonly devices: readonly string[];
  readonly marks: readonly bigint[];
}

/** Values of marks that are followed one by one; what is beyond is "some mark". */
const MOST_MARKS = 64;

const bytes = (): readonly bigint[] => Array.from({ length: 256 }, (_, value) => BigInt(value));

export function classesOf(ruleset: Ruleset, family: 4 | 6, extra: Extra): ReadonlyMap<SetField, Classes> {
  const collected = new Collected(family);
  for (const table of ruleset.tables) collected.table(table);
  for (const [field, span] of extra.spans) collected.span(field, span);
  for (const device of extra.devices) collected.names.add(device);
  for (const mark of [0n, ...extra.marks]) collected.marks.add(mark);
  return collected.finish();
}

class Collected {
  readonly names = new Set<string>(['', 'lo']);
  readonly beginnings = new Set<string>();
  readonly marks = new Set<bigint>();
  private readonly mixes: ((mark: bigint) => bigint)[] = [];
  private readonly starts = new Map<FieldName, Set<bigint>>();
  private readonly read = new Set<FieldName>();
  private readonly family: 4 | 6;
  private readonly word: 'ip' | 'ip6';

  constructor(family: 4 | 6) {
    this.family = family;
    this.word = family === 4 ? 'ip' : 'ip6';
  }

  table(table: Table): void {
    for (const { rules } of table.chains.values())
      for (const { statements } of rules) for (const each of statements) this.statement(each, table);
  }

  span(field: FieldName, { first, last }: Span): void {
    const base = this.baseOf(field);
    const starts = this.starts.get(base) ?? new Set([0n]);
    this.starts.set(base, starts);
    starts.add(first).add(last + 1n);
  }

  /** Both ends of an address or port are cut alike, so that what is original can be compared with what is. */
  private baseOf(field: FieldName): FieldName {
    switch (field) {
      case 'ct original proto-src':
        return 'th sport';
      case 'ct original proto-dst':
        return 'th dport';
      default:
        return field.replace(/^ct original /, '') as FieldName;
    }
  }

  private statement(statement: Statement, table: Table): void {
    switch (statement.type) {
      case 'match':
      case 'vmap':
        this.lookup(statement.key, statement.among, table);
        return;
      case 'either':
        for (const { key, among } of statement.of.flat()) this.lookup(key, among, table);
        return;
      case 'assign':
        this.assigned(statement.field, statement.value, table);
        return;
      case 'translate': {
        const { side, to, port } = statement.translation;
        const end = side === 'source' ? 's' : 'd';
        if (port !== null) this.span(`th ${end}port`, port);
        if ('family' in to && to.family !== this.family) return;
        if (to.type === 'address' || to.type === 'prefix') this.span(`${this.word} ${end}addr`, to.span);
        if (to.type === 'lookup') {
          this.lookup(to.key, to.among, table);
          for (const [address, mapped] of mappedParts(to.among, table)) {
            if (address !== undefined && 'first' in address) this.span(`${this.word} ${end}addr`, address);
            if (mapped !== undefined && 'first' in mapped) this.span(`th ${end}port`, mapped);
          }
        }
        return;
      }
      case 'verdict':
      case 'condition':
      case 'tproxy':
      case 'notrack':
      case 'aside':
      case 'unknown':
        return;
    }
  }

  private lookup(key: readonly Term[], among: Among, table: Table): void {
    for (const { field, needs } of key) {
      this.read.add(field);
      for (const need of needs)
        if (need.field === 'l4proto')
          for (const value of need.values) this.span('l4proto', { first: value, last: value });
    }
    for (const { key: parts } of membersOf(among, table)?.entries ?? [])
      key.forEach((term, index) => {
        const part = parts[index];
        if (part !== undefined) this.part(term, part);
      });
  }

  private part({ field, mask }: Term, part: Part): void {
    if ('name' in part) {
      if (part.prefix) this.beginnings.add(part.name);
      else this.names.add(part.name);
      return;
    }
    if (field === 'mark' || field === 'ct mark') {
      if (mask === null) for (const value of [part.first, part.last]) this.marks.add(value);
      return;
    }
    const name = field === 'ip6 nexthdr' ? 'l4proto' : field;
    const most = mostOf(this.baseOf(name));
    if (most === undefined) return;
    const span = mask === null ? part : unmasked(part, mask, most);
    if (span !== undefined && span !== 'none') this.span(name, span);
  }

  private assigned(field: FieldName, value: Value, table: Table): void {
    if (value.type === 'lookup') this.lookup(value.key, value.among, table);
    if (value.type === 'field') this.read.add(value.term.field);
    if (field !== 'mark' && field !== 'ct mark') return;
    if (value.type === 'constant') this.marks.add(value.value);
    if (value.type === 'spread')
      for (let index = 0; index < value.count; index += 1) this.marks.add(value.first + BigInt(index));
    if (value.type === 'lookup')
      for (const [part] of mappedParts(value.among, table))
        if (part !== undefined && 'first' in part && part.first === part.last) this.marks.add(part.first);
    if (value.type === 'field') {
      const { term, xor } = value;
      this.mixes.push((mark) => (term.mask === null ? mark : mark & term.mask) ^ xor);
    }
  }

  finish(): ReadonlyMap<SetField, Classes> {
    const classes = new Map<SetField, Classes>();
    const spans = (field: FieldName, from: FieldName): void => {
      const last = mostOf(from) ?? 0n;
      const starts = [...(this.starts.get(from) ?? [0n])].filter((start) => start <= last);
      classes.set(field, { type: 'spans', starts: starts.toSorted((a, b) => (a < b ? -1 : 1)), last });
    };
    const values = (list: readonly (bigint | null)[]): Classes => ({ type: 'values', values: list });
    for (const side of ['s', 'd'] as const) {
      spans(`${this.word} ${side}addr`, `${this.word} ${side}addr`);
      spans(`th ${side}port`, `th ${side}port`);
      const original = [
        `ct original ${this.word} ${side}addr`,
        `ct original proto-${side === 's' ? 'src' : 'dst'}`,
      ] as const;
      const [address, port] = original;
      if (this.read.has(address)) spans(address, `${this.word} ${side}addr`);
      if (this.read.has(port)) spans(port, `th ${side}port`);
    }
    const icmp = this.family === 4 ? 'icmp' : 'icmpv6';
    for (const value of [1n, 6n, 58n, ...WITH_PORTS]) this.span('l4proto', { first: value, last: value });
    for (const field of ['l4proto', `${icmp} type`, `${icmp} code`] as const)
      if (field === 'l4proto' || this.read.has(field)) spans(field, field);
    const marks = [...this.allMarks(), null];
    // What no rule looks at need not be told apart.
    const read = (field: FieldName, list: readonly (bigint | null)[]): void => {
      if (this.read.has(field)) classes.set(field, values(list));
    };
    classes.set('mark', values(marks));
    read('tcp flags', bytes());
    read('ct mark', marks);
    read('ct state', [1n, 2n, 4n, 8n, 64n]);
    read('ct status', [0n, 16n, 32n, 48n, null]);
    read('ct direction', [0n, 1n]);
    for (const field of ['tracked', 'notrack'] as const) classes.set(field, values([0n, 1n]));
    for (const field of this.read)
      if (/^fib .* type$/.test(field)) classes.set(field, values([...bytes().slice(0, 12), null]));
    for (const field of this.read) if (/^fib .* oif$/.test(field)) classes.set(field, values([0n, 1n, null]));
    const rest = [...this.beginnings].map((beginning) => `${beginning}\0`);
    const names: Classes = { type: 'names', names: [...new Set([...this.names, ...rest, '\0'])] };
    classes.set('iifname', names);
    classes.set('oifname', names);
    return classes;
  }

  /** All that rules can make of the marks that they name. */
  private allMarks(): readonly bigint[] {
    const found = [...this.marks].slice(0, MOST_MARKS);
    const known = new Set(found);
    for (const mark of found) {
      for (const mix of this.mixes) {
        const made = mix(mark);
        if (known.has(made) || known.size >= MOST_MARKS) continue;
        known.add(made);
        found.push(made);
      }
    }
    return found;
  }
}

function mostOf(field: FieldName): bigint | undefined {
  switch (field) {
    case 'ip saddr':
    case 'ip daddr':
      return (1n << 32n) - 1n;
    case 'ip6 saddr':
    case 'ip6 daddr':
      return (1n << 128n) - 1n;
    case 'th sport':
    case 'th dport':
      return 65_535n;
    case 'l4proto':
    case 'icmp type':
    case 'icmp code':
    case 'icmpv6 type':
    case 'icmpv6 code':
      return 255n;
    default:
      return undefined;
  }
}

export function membersOf(among: Among, table: Table): Members | undefined {
  return 'members' in among ? among.members : table.sets.get(among.set);
}

function mappedParts(among: Among, table: Table): readonly (readonly Part[])[] {
  const members = membersOf(among, table);
  return [...(members?.entries ?? []).map(({ value }) => value), members?.otherwise ?? null].flatMap((value) =>
    value === null || 'type' in value ? [] : [value],
  );
}
