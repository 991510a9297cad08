/** Which base chains see a packet at a hook, and in which order. */
import type { FieldName } from '../rules/field-names.ts';
import type { Base, Chain, Ruleset, Statement, Table, Term, Value } from '../rules/ruleset.ts';
import { runChain } from './chain.ts';
import type { ChainOutcome } from './outcome.ts';
import type { Packet } from './packet.ts';
import { familyOf, withFields } from './packet.ts';

export type Hook = 'ingress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'egress';

export interface HookedChain {
  readonly table: Table;
  readonly chain: Chain;
  readonly base: Base;
  run(packet: Packet): readonly ChainOutcome[];
}

/** The priority at which the chains of NAT are asked, whatever their own (nf_nat_proto.c, nf_nat_ipv4_ops). */
export function translatesAt(hook: Hook): number | null {
  switch (hook) {
    case 'prerouting':
    case 'output':
      return -100;
    case 'input':
    case 'postrouting':
      return 100;
    case 'ingress':
    case 'forward':
    case 'egress':
      return null;
  }
}

type ByHook = ReadonlyMap<string, readonly HookedChain[]>;

const sorted = new WeakMap<Ruleset, ByHook>();

/** In order of priority, all but those that translate. */
export function chainsAt(ruleset: Ruleset, hook: Hook, packet: Packet): readonly HookedChain[] {
  const chains = hooked(ruleset).get(`${hook} ${String(familyOf(packet))} filter`) ?? [];
  if (hook !== 'ingress' && hook !== 'egress') return chains;
  const device = packet.get(hook === 'ingress' ? 'iifname' : 'oifname');
  return chains.filter(({ base }) => typeof device !== 'string' || hangsOn(base, device));
}

/** Whether a chain of an interface's own hooks may be one of this interface; since Linux 6.16 they may be named by a beginning. */
export function hangsOn(base: Base, device: string): boolean {
  return (
    hangsAnywhere(base) ||
    base.devices.some((each) => (each.endsWith('*') ? device.startsWith(each.slice(0, -1)) : each === device))
  );
}

/**
 * All at one moment, whatever their priority; among themselves in its order (nf_nat_core.c, nf_nat_inet_fn). They see nothing
 * of a family that conntrack does not follow, and it follows one for the sake of rules that need it: measured with a table
 * `inet` whose only translation is one of IPv6, where no packet of IPv4 comes by.
 */
export function natChains(ruleset: Ruleset, hook: Hook, packet: Packet): readonly HookedChain[] {
  if (!tracked(ruleset).has(familyOf(packet))) return [];
  return hooked(ruleset).get(`${hook} ${String(familyOf(packet))} nat`) ?? [];
}

/** nft 1.0.6 does not list the interfaces: it is one of theirs or it is not. */
export function hangsAnywhere({ hook, devices }: Base): boolean {
  return (hook === 'ingress' || hook === 'egress') && devices.length === 0;
}

const families = new WeakMap<Ruleset, ReadonlySet<4 | 6>>();

function tracked(ruleset: Ruleset): ReadonlySet<4 | 6> {
  const known = families.get(ruleset);
  if (known !== undefined) return known;
  const found = new Set<4 | 6>();
  for (const table of ruleset.tables) {
    const own = familiesOf(table);
    for (const chain of table.chains.values()) {
      for (const { statements } of chain.rules) {
        for (const each of statements) for (const family of trackedBy(each, own)) found.add(family);
      }
    }
  }
  families.set(ruleset, found);
  return found;
}

const asked = new WeakMap<Ruleset, readonly FieldName[]>();

/** What rules ask the routing tables. */
export function routeFields(ruleset: Ruleset): readonly FieldName[] {
  const known = asked.get(ruleset);
  if (known !== undefined) return known;
  const all = ruleset.tables.flatMap(({ chains }) =>
    [...chains.values()].flatMap(({ rules }) => rules.flatMap(({ statements }) => statements.flatMap(fieldsOf))),
  );
  const found = [...new Set(all)].filter((field) => field.startsWith('fib '));
  asked.set(ruleset, found);
  return found;
}

function fieldsOf(statement: Statement): readonly FieldName[] {
  const of = (key: readonly Term[]): readonly FieldName[] => key.map(({ field }) => field);
  switch (statement.type) {
    case 'match':
    case 'vmap':
      return of(statement.key);
    case 'either':
      return statement.of.flat().flatMap(({ key }) => of(key));
    case 'assign':
      return statement.value.type === 'field'
        ? [statement.value.term.field]
        : statement.value.type === 'lookup'
          ? of(statement.value.key)
          : [];
    case 'translate':
      return statement.translation.to.type === 'lookup' ? of(statement.translation.to.key) : [];
    default:
      return [];
  }
}

function familiesOf({ family }: Table): readonly (4 | 6)[] {
  return family === 'ip' ? [4] : family === 'ip6' ? [6] : family === 'inet' ? [4, 6] : [];
}

/** The families that a statement needs conntrack for; one that is not understood may need it for all of its table. */
function trackedBy(statement: Statement, own: readonly (4 | 6)[]): readonly (4 | 6)[] {
  switch (statement.type) {
    case 'match':
    case 'vmap':
      return statement.key.some(({ field }) => field.startsWith('ct ')) ? own : [];
    case 'either':
      return statement.of.flat().flatMap((match) => trackedBy(match, own));
    case 'translate': {
      const { to } = statement.translation;
      return 'family' in to ? [to.family] : own;
    }
    case 'assign':
      return [statement.field, ...readBy(statement.value)].some((field) => field.startsWith('ct ')) ? own : [];
    case 'condition':
    case 'unknown':
      return /\bct\b|\bconn|conntrack|\bhelper\b|xt/.test(statement.text) ? own : [];
    case 'verdict':
    case 'tproxy':
    case 'notrack':
    case 'aside':
      return [];
  }
}

function readBy(value: Value): readonly string[] {
  return value.type === 'field'
    ? [value.term.field]
    : value.type === 'lookup'
      ? value.key.map(({ field }) => field)
      : value.type === 'any' && value.text.includes('"ct"')
        ? ['ct ']
        : [];
}

function hooked(ruleset: Ruleset): ByHook {
  const known = sorted.get(ruleset);
  if (known !== undefined) return known;
  const all = ruleset.tables.filter(({ dormant }) => !dormant).flatMap(chainsOf);
  const lists = new Map<string, HookedChain[]>();
  for (const each of all) {
    const ofBoth = each.table.family === 'netdev';
    for (const family of ofBoth ? ([4, 6] as const) : familiesOf(each.table)) {
      const key = `${each.base.hook} ${String(family)} ${each.base.type === 'nat' ? 'nat' : 'filter'}`;
      lists.set(key, [...(lists.get(key) ?? []), each]);
    }
  }
  const result = new Map(
    [...lists].map(([key, chains]) => [key, chains.toSorted((a, b) => a.base.priority - b.base.priority)]),
  );
  sorted.set(ruleset, result);
  return result;
}

function chainsOf(table: Table): readonly HookedChain[] {
  const { family } = table;
  if (!['ip', 'ip6', 'inet', 'netdev'].includes(family)) return [];
  return [...table.chains.values()].flatMap((chain): HookedChain[] => {
    const { base } = chain;
    if (base === null) return [];
    const run = (packet: Packet): readonly ChainOutcome[] => runChain(table, chain, base, packet);
    return [{ table, chain, base, run: family === 'netdev' ? (packet) => asFrame(base, packet, run) : run }];
  });
}

const NETDEV = 5n;

/** As an interface's own chains see it: behind its way out, nothing says where it came in (nf_hook_egress). */
function asFrame(base: Base, packet: Packet, run: HookedChain['run']): readonly ChainOutcome[] {
  const changed = [['nfproto', NETDEV], ...(base.hook === 'egress' ? ([['iifname', '']] as const) : [])] as const;
  const back = changed.map(([field]) => [field, packet.get(field) ?? null] as const);
  return run(withFields(packet, changed)).map((outcome) => ({ ...outcome, packet: withFields(outcome.packet, back) }));
}
