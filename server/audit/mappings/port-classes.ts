/**
 * Ports that no rule tells apart on the way of a flow through a gateway, but for those of which the gateway's sets have said what
 * they do: whatever becomes of a packet to one of them, and of its answer, becomes of it with the others, too.
 */
import type { NetworkStack, StackId, World } from '../../flow/world.ts';
import type { FieldName } from '../../reach/rules/field-names.ts';
import type { Among, Chain, Part, Rule, Ruleset, Statement, Table, Term } from '../../reach/rules/ruleset.ts';
import { rulesetOf } from '../../reach/world/rules.ts';
import { reachedFrom } from '../catalogue/chains.ts';
import { membersOf } from './guard.ts';

/** The class of a port; `null` where rules look at ports in ways that cut them into no classes. */
export type PortClasses = ((port: number) => string) | null;

export interface Flow {
  /** Stacks on the way and on the way back. */
  readonly visited: ReadonlySet<StackId>;
  /** It is known which way the gateway lets the first packet go, and what it makes of its destination. */
  readonly gateway: StackId;
  /** The sender's address; it is not what the gateway makes of the destination. */
  readonly source: bigint;
}

export function portClassesIn({ stacks }: World): (flow: Flow) => PortClasses {
  const known = new Map<string, PortClasses>();
  const ofStack = (stack: NetworkStack, flow: Flow): PortClasses => {
    const key = stack.id === flow.gateway ? `${stack.id} ${String(flow.source)}` : stack.id;
    const found = known.get(key);
    if (found !== undefined) return found;
    const starts = new Set<number>([0]);
    const classes = collect(stack, flow, starts) ? classesAt([...starts].toSorted((a, b) => a - b)) : null;
    known.set(key, classes);
    return classes;
  };
  return (flow) => {
    const all = [...flow.visited].flatMap((id) => {
      const stack = stacks.get(id);
      return stack === undefined ? [] : [ofStack(stack, flow)];
    });
    if (all.includes(null)) return null;
    const cutting = [...new Set(all)].filter((each) => each !== null && each !== ONE_CLASS);
    return (port) => cutting.map((classOf) => classOf?.(port)).join(' ');
  };
}

const ONE_CLASS = (): string => '';

function classesAt(starts: readonly number[]): PortClasses {
  if (starts.length === 1) return ONE_CLASS;
  return (port) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= port) low = middle;
      else high = middle - 1;
    }
    return String(low);
  };
}

const PORTS: ReadonlySet<FieldName> = new Set<FieldName>([
  ...(['th sport', 'th dport', 'ct original proto-src', 'ct original proto-dst'] as const),
]);
/** Of an answer it is the sender's port, which is the same for all. */
const WITHOUT_DESTINATION: ReadonlySet<FieldName> = new Set([...PORTS].filter((field) => field !== 'th dport'));

/** @returns false where a rule makes something else of a port than to compare it. */
function collect(stack: NetworkStack, { gateway, source }: Flow, starts: Set<number>): boolean {
  const rules = rulesetOf(stack);
  const decided = stack.id === gateway && !writes(rules);
  const behind = decided ? behindRouting(rules) : new Set<Chain>();
  for (const table of rules.tables) {
    for (const chain of table.chains.values()) {
      const last = behind.has(chain);
      const fields = decided && !last ? WITHOUT_DESTINATION : PORTS;
      for (const rule of chain.rules) {
        if (last && isForOthers(rule, table, source)) continue;
        for (const statement of rule.statements) if (!compared(statement, { table, fields, starts })) return false;
      }
    }
  }
  return true;
}

/** What one rule writes into a packet another may read. */
function writes({ tables }: Ruleset): boolean {
  return tables.some(({ chains }) =>
    [...chains.values()].some(({ rules }) =>
      rules.some(({ statements }) => statements.some(({ type }) => type === 'assign' || type === 'notrack')),
    ),
  );
}

/** Chains that see a packet whose way and destination are settled. */
function behindRouting({ tables }: Ruleset): ReadonlySet<Chain> {
  return new Set(
    tables.flatMap((table) =>
      [...table.chains.values()]
        .filter(({ base }) => base?.hook === 'postrouting')
        .flatMap((chain) => reachedFrom(table, chain)),
    ),
  );
}

/** A rule that begins with a match of other sources than this one, or of what is sent to this one itself. */
function isForOthers({ statements }: Rule, table: Table, source: bigint): boolean {
  for (const statement of statements) {
    if (statement.type === 'aside') continue;
    if (statement.type !== 'match') return false;
    const { key, among, negated } = statement;
    const [term] = key;
    if (key.length !== 1 || negated || term?.mask !== null || !/^ip6? [sd]addr$/.test(term.field)) continue;
    const members = membersOf(among, table);
    if (members === undefined || members.changing || members.unread.length > 0 || members.otherwise !== null) continue;
    const parts = members.entries.flatMap(({ key: [part] }) => part ?? []);
    const isHere = (part: Part): boolean => 'name' in part || (part.first <= source && source <= part.last);
    const isOnly = (part: Part): boolean => 'first' in part && part.first === source && part.last === source;
    if (term.field.endsWith('saddr') ? !parts.some(isHere) : parts.every(isOnly)) return true;
  }
  return false;
}

interface Collecting {
  readonly table: Table;
  readonly fields: ReadonlySet<FieldName>;
  readonly starts: Set<number>;
}

function compared(statement: Statement, into: Collecting): boolean {
  switch (statement.type) {
    case 'match':
    case 'vmap':
      return keyed(statement.key, statement.among, into);
    case 'either':
      return statement.of.flat().every(({ key, among }) => keyed(key, among, into));
    case 'translate': {
      const { to } = statement.translation;
      return to.type !== 'lookup' || keyed(to.key, to.among, into);
    }
    case 'assign': {
      const { field, value } = statement;
      if (into.fields.has(field) || (value.type === 'field' && into.fields.has(value.term.field))) return false;
      return value.type !== 'lookup' || keyed(value.key, value.among, into);
    }
    case 'condition':
    case 'unknown':
    case 'tproxy':
    case 'verdict':
    case 'notrack':
    case 'aside':
      return true;
  }
}

function keyed(key: readonly Term[], among: Among, { table, fields, starts }: Collecting): boolean {
  const entries = membersOf(among, table)?.entries ?? [];
  for (const [position, { field, mask }] of key.entries()) {
    if (!fields.has(field)) continue;
    if (mask !== null) return false;
    for (const { key: parts } of entries) {
      const part = parts[position];
      if (part !== undefined && 'first' in part) starts.add(Number(part.first)).add(Number(part.last) + 1);
    }
  }
  return true;
}
