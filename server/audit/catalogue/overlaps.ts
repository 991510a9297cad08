/**
 * Rules of a chain that earlier ones of another verdict have some packets of (Al-Shaer and Hamed 2003). What all earlier rules
 * accept or refuse is put together once for each rule, so that the first that meets a later one is found by halving.
 */
import type { Chain, Rule, Table } from '../../reach/rules/ruleset.ts';
import type { Picked } from '../../reach/sets/boxes.ts';
import { pick } from '../../reach/sets/boxes.ts';
import type { PacketSet } from '../../reach/sets/diagrams.ts';
import { NONE } from '../../reach/sets/diagrams.ts';
import type { StackSets } from '../../reach/sets/stack.ts';
import type { AuditedStack } from '../scene.ts';
import { aboutOf, isOpaque, judgedTables, orNothing } from './dead-rules.ts';

export interface Overlap {
  readonly table: Table;
  readonly chain: Chain;
  readonly earlier: Rule;
  readonly later: Rule;
  /** `wider`: the later one is about all that the earlier one is, and more; `crossing`: each is about more than the other. */
  readonly sort: 'wider' | 'crossing';
  /** A packet that both are about. */
  readonly witness: Picked | undefined;
}

const known = new WeakMap<AuditedStack, readonly Overlap[]>();
/** Earlier rules that one is compared with. */
const MOST_COMPARED = 8;

export function overlapsOf(on: AuditedStack): readonly Overlap[] {
  const before = known.get(on);
  if (before !== undefined) return before;
  const found = orNothing(() =>
    judgedTables(on).flatMap(({ table, families }) =>
      [...table.chains.values()].flatMap((chain) => {
        const [first, ...others] = families.map((sets) => overlapsIn(sets, table, chain));
        const told = new Set(first?.map(({ later, sort }) => `${String(chain.rules.indexOf(later))} ${sort}`));
        const more = others
          .flat()
          .filter(({ later, sort }) => !told.has(`${String(chain.rules.indexOf(later))} ${sort}`));
        return [...(first ?? []), ...more];
      }),
    ),
  );
  known.set(on, found);
  return found;
}

type Side = 'accept' | 'refuse';

interface Plain {
  readonly rule: Rule;
  readonly side: Side;
  readonly about: PacketSet;
  readonly hit: PacketSet;
}

function overlapsIn(sets: StackSets, table: Table, chain: Chain): readonly Overlap[] {
  const { layout } = sets;
  const { diagrams } = layout;
  const judged = sets.chains.rulesOf(table, chain);
  const plain: Record<Side, Plain[]> = { accept: [], refuse: [] };
  /** What the rules up to each act on. */
  const upTo: Record<Side, PacketSet[]> = { accept: [], refuse: [] };
  return chain.rules.flatMap((rule): readonly Overlap[] => {
    const side = sideOf(rule);
    if (side === null) return [];
    const about = aboutOf(sets, rule, table);
    const hit = judged.get(rule)?.hit ?? NONE;
    const other = side === 'accept' ? 'refuse' : 'accept';
    // What never meets a packet, or stands for all of them as a policy does, is said elsewhere.
    const met = hit === NONE || about === layout.valid ? [] : meeting(other, about);
    plain[side].push({ rule, side, about, hit });
    upTo[side].push(diagrams.or(upTo[side].at(-1) ?? NONE, hit));
    const sorted = met.flatMap((earlier): readonly Overlap[] => {
      const sort = sortOf(earlier.about, about);
      if (sort === null) return [];
      const witness = pick(layout, diagrams.and(earlier.hit, about), []);
      return [{ table, chain, earlier: earlier.rule, later: rule, sort, witness }];
    });
    return (['crossing', 'wider'] as const).flatMap((sort) => sorted.find((each) => each.sort === sort) ?? []);
  });

  function meeting(side: Side, about: PacketSet): readonly Plain[] {
    const found: Plain[] = [];
    let left = about;
    for (let from = 0; found.length < MOST_COMPARED;) {
      const at = firstMeeting(upTo[side], left, from);
      const each = at === undefined ? undefined : plain[side][at];
      if (each === undefined || at === undefined) break;
      found.push(each);
      left = diagrams.minus(left, upTo[side][at] ?? NONE);
      from = at + 1;
    }
    return found;
  }

  /** The first position up to which something of the packets is acted on. */
  function firstMeeting(unions: readonly PacketSet[], packets: PacketSet, from: number): number | undefined {
    let [low, high] = [from, unions.length - 1];
    if (low > high || !diagrams.meets(unions[high] ?? NONE, packets)) return undefined;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (diagrams.meets(unions[middle] ?? NONE, packets)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  function sortOf(earlier: PacketSet, later: PacketSet): Overlap['sort'] | null {
    const [over, under] = [diagrams.minus(later, earlier) !== NONE, diagrams.minus(earlier, later) !== NONE];
    return over && under ? 'crossing' : over ? 'wider' : null;
  }
}

/** Rules that say nothing but what they are about, and a verdict. */
function sideOf({ statements }: Rule): Side | null {
  if (statements.some(isOpaque)) return null;
  const last = statements.findLast(({ type }) => type !== 'aside');
  if (last?.type !== 'verdict') return null;
  if (!statements.every(({ type }) => type === 'match' || type === 'aside' || type === 'verdict')) return null;
  const { type } = last.verdict;
  return type === 'accept' ? 'accept' : type === 'drop' || type === 'reject' ? 'refuse' : null;
}
