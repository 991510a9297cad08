/**
 * The translations of a ruleset, one value a mapping: what a packet must be like, what it becomes, and the rules that make it so,
 * in the order in which the kernel asks them. A map of ten thousand ports is ten thousand mappings.
 */
import type {
  Chain,
  Locator,
  Rule,
  Entry,
  Ruleset,
  Span,
  Statement,
  Table,
  Translation,
  Verdict,
} from '../../reach/rules/ruleset.ts';
import type { Guard } from './guard.ts';
import { ANYTHING, hitsOf, narrowedBy, withText } from './guard.ts';

export interface Mapping {
  readonly side: 'source' | 'destination';
  /** `prerouting` of what comes in, `output` of what the host sends itself, `postrouting`, `input`. */
  readonly hook: string;
  readonly guard: Guard;
  readonly to: Target;
  /** The rule that translates, and those that jump to it, outermost first. */
  readonly by: Locator;
  readonly through: readonly Locator[];
  /** The id of the map's element, where it has one of its own. */
  readonly entry: string | null;
  /** Packets that it has translated, each the first of a flow; `null` where nothing counts. */
  readonly hits: number | null;
}

export type Target =
  | {
      readonly type: 'address';
      readonly family: 4 | 6;
      readonly addresses: Span;
      readonly keepsHost: boolean;
      readonly ports: Span | null;
    }
  /** The address of the interface (masquerade, redirect), or the one that it has (a port alone is translated). */
  | { readonly type: 'interface' | 'unchanged'; readonly ports: Span | null }
  /** Not understood. */
  | { readonly type: 'unknown'; readonly text: string };

/** A rule behind which nothing of its chain comes: a chain deeper than the kernel allows is not followed (NFT_JUMP_STACK_SIZE). */
const DEEPEST = 16;

export function mappingsOf(ruleset: Ruleset): readonly Mapping[] {
  const hooked = ruleset.tables
    .filter(({ dormant }) => !dormant)
    .flatMap((table) => [...table.chains.values()].map((chain) => ({ table, chain, base: chain.base })))
    .filter(({ base }) => base?.type === 'nat')
    .toSorted((a, b) => (a.base?.priority ?? 0) - (b.base?.priority ?? 0));
  return hooked.flatMap(({ table, chain, base }) => {
    const found: Mapping[] = [];
    const walk: Walk = { table, hook: base?.hook ?? '', found };
    follow(walk, chain, [ANYTHING], []);
    return found;
  });
}

interface Walk {
  readonly table: Table;
  readonly hook: string;
  readonly found: Mapping[];
}

function follow(walk: Walk, chain: Chain, guards: readonly Guard[], through: readonly Locator[]): void {
  for (const rule of chain.rules) {
    let left = guards;
    for (const statement of rule.statements) {
      left = left.flatMap((guard) => after(walk, statement, guard, rule, through));
      if (left.length === 0) break;
    }
  }
}

/** Notes what a statement translates, follows where it jumps, and answers who is left for the statement after it. */
function after(
  walk: Walk,
  statement: Statement,
  guard: Guard,
  { at, hits }: Rule,
  through: readonly Locator[],
): readonly Guard[] {
  const { table, hook, found } = walk;
  switch (statement.type) {
    case 'match':
      return narrowedBy(guard, statement, table);
    case 'either':
      return statement.of.flatMap((matches) =>
        matches.reduce<readonly Guard[]>(
          (left, match) => left.flatMap((each) => narrowedBy(each, match, table)),
          [guard],
        ),
      );
    case 'condition':
    case 'unknown':
      return [withText(guard, statement.text)];
    case 'vmap':
      for (const hit of hitsOf(guard, statement.key, statement.among, table))
        if (hit.value !== null && 'type' in hit.value) jump(walk, hit.value, hit.guard, at, through);
      return [guard];
    case 'verdict':
      jump(walk, statement.verdict, guard, at, through);
      return [];
    case 'translate':
      for (const each of targetsOf(statement.translation, guard, table))
        found.push({
          ...each,
          ...{ side: statement.translation.side, hook, by: at, through },
          // One rule with a map of many: its counter says nothing of one of them.
          hits: each.hits ?? (statement.translation.to.type === 'lookup' ? null : (hits?.packets ?? null)),
        });
      return [];
    case 'assign':
    case 'tproxy':
    case 'notrack':
    case 'aside':
      return [guard];
  }
}

function jump(walk: Walk, verdict: Verdict, guard: Guard, at: Locator, through: readonly Locator[]): void {
  if (verdict.type !== 'jump' && verdict.type !== 'goto') return;
  const chain = walk.table.chains.get(verdict.chain);
  if (chain !== undefined && through.length < DEEPEST) follow(walk, chain, [guard], [...through, at]);
}

type Found = Pick<Mapping, 'guard' | 'to' | 'entry' | 'hits'>;

function targetsOf(translation: Translation, guard: Guard, table: Table): readonly Found[] {
  const { to, port: ports } = translation;
  switch (to.type) {
    case 'unchanged':
    case 'interface':
      return [{ guard, to: { type: to.type, ports }, entry: null, hits: null }];
    case 'address':
    case 'prefix':
      return [{ guard, to: addressTarget(to.family, to.span, to.type === 'prefix', ports), entry: null, hits: null }];
    case 'any':
      return [{ guard, to: { type: 'unknown', text: to.text }, entry: null, hits: null }];
    case 'lookup':
      return hitsOf(guard, to.key, to.among, table).map((hit) => ({
        guard: hit.guard,
        to: mappedTarget(to.family, to.prefix, hit.value, ports),
        entry: hit.entry?.id ?? null,
        hits: hit.entry?.hits?.packets ?? null,
      }));
  }
}

function mappedTarget(family: 4 | 6, keepsHost: boolean, value: Entry['value'], ports: Span | null): Target {
  const [address, port] = value === null || 'type' in value ? [] : value;
  if (address === undefined || 'name' in address) return { type: 'unknown', text: 'what a map has for it' };
  return addressTarget(family, address, keepsHost, port === undefined || 'name' in port ? ports : port);
}

function addressTarget(family: 4 | 6, addresses: Span, keepsHost: boolean, ports: Span | null): Target {
  return { type: 'address', family, addresses, keepsHost, ports };
}
