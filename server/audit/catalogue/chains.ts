/** What several findings ask about the chains of a stack. */
import type { Base, Chain, Locator, Rule, Statement, Table, Verdict } from '../../reach/rules/ruleset.ts';
import type { Locus } from '../finding.ts';
import type { AuditedStack, Scene } from '../scene.ts';
import { locusOf } from '../scene.ts';

export interface HookedChain {
  readonly table: Table;
  readonly chain: Chain;
  readonly base: Base;
}

export function baseChains({ rules }: AuditedStack): readonly HookedChain[] {
  return rules.tables
    .filter(({ dormant }) => !dormant)
    .flatMap((table) =>
      [...table.chains.values()].flatMap((chain) => (chain.base === null ? [] : [{ table, chain, base: chain.base }])),
    );
}

/** Those that decide on IP packets at a hook: of the families `ip`, `ip6` and `inet`, type `filter`. */
export function filtersAt(on: AuditedStack, hook: 'input' | 'forward', family: 4 | 6): readonly HookedChain[] {
  const families = family === 4 ? ['ip', 'inet'] : ['ip6', 'inet'];
  return baseChains(on).filter(
    ({ table, base }) => base.hook === hook && base.type === 'filter' && families.includes(table.family),
  );
}

/** The chain, and all that it leads to. */
export function reachedFrom(table: Table, chain: Chain): readonly Chain[] {
  const reached = new Set<Chain>();
  const open = [chain];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    for (const name of next.rules.flatMap(({ statements }) => statements.flatMap((each) => jumpsOf(each, table)))) {
      const target = table.chains.get(name);
      if (target !== undefined) open.push(target);
    }
  }
  return [...reached];
}

/** Names of the chains that a statement may lead to. */
export function jumpsOf(statement: Statement, table: Table): readonly string[] {
  return verdictsOf(statement, table).flatMap((verdict) => ('chain' in verdict ? [verdict.chain] : []));
}

export function verdictsOf(statement: Statement, table: Table): readonly Verdict[] {
  if (statement.type === 'verdict') return [statement.verdict];
  if (statement.type !== 'vmap') return [];
  const members = 'members' in statement.among ? statement.among.members : table.sets.get(statement.among.set);
  if (members === undefined) return [];
  return [...members.entries.map(({ value }) => value), members.otherwise].flatMap((value) =>
    value !== null && 'type' in value ? [value] : [],
  );
}

/** The verdicts that a rule can end with. */
export function endsOf({ statements }: Rule, table: Table): readonly Verdict['type'][] {
  return statements.flatMap((each) => verdictsOf(each, table)).map(({ type }) => type);
}

/** The chain itself as a place: its policy is what counts there. */
export function chainLocator(table: Table, chain: Chain): Locator {
  const { family, name } = table;
  const policy = chain.base === null ? '' : `policy ${chain.base.policy}`;
  return { family, table: name, chain: chain.name, handle: null, id: null, text: policy };
}

export function chainLocus(
  scene: Scene,
  on: AuditedStack,
  { table, chain }: Pick<HookedChain, 'table' | 'chain'>,
): Locus {
  return locusOf(scene, on.stack, chainLocator(table, chain));
}

/** Whether it passes on packets of others. */
export function forwards({ stack }: AuditedStack, family: 4 | 6): boolean {
  const path = family === 4 ? 'net/ipv4/ip_forward' : 'net/ipv6/conf/all/forwarding';
  return stack.settings.get(path) === '1';
}

/** Hosts and namespaces; guests and the internet are not ours to judge. */
export function judged({ scene: { stacks } }: { readonly scene: Scene }): readonly AuditedStack[] {
  return [...stacks.values()].filter(({ stack }) => stack.sort === 'host' || stack.sort === 'namespace');
}

/** Whether the stack has an address of the family that others can reach it by. */
export function speaks({ stack }: AuditedStack, family: 4 | 6): boolean {
  return [...stack.interfaces.values()].some(
    ({ addresses, form }) =>
      form.type !== 'loopback' &&
      addresses.some((each) => each.includes(':') === (family === 6) && !/^fe80:/i.test(each)),
  );
}

export const FAMILIES = [4, 6] as const;
