/** Which base chains see a packet at a hook, and in which order. */
import type { Base, Chain, Ruleset, Table } from '../rules/ruleset.ts';
import { runChain } from './chain.ts';
import type { ChainOutcome } from './outcome.ts';
import type { Packet } from './packet.ts';
import { familyOf } from './packet.ts';

export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

export interface HookedChain {
  readonly table: Table;
  readonly chain: Chain;
  readonly base: Base;
  run(packet: Packet): readonly ChainOutcome[];
}

type ByHook = ReadonlyMap<string, readonly HookedChain[]>;

const sorted = new WeakMap<Ruleset, ByHook>();

/** In order of priority, all but those that translate. */
export function chainsAt(ruleset: Ruleset, hook: Hook, packet: Packet): readonly HookedChain[] {
  return hooked(ruleset).get(`${hook} ${String(familyOf(packet))} filter`) ?? [];
}

/** All at one moment, whatever their priority; among themselves in its order (nf_nat_core.c, nf_nat_inet_fn). */
export function natChains(ruleset: Ruleset, hook: Hook, packet: Packet): readonly HookedChain[] {
  return hooked(ruleset).get(`${hook} ${String(familyOf(packet))} nat`) ?? [];
}

function hooked(ruleset: Ruleset): ByHook {
  const known = sorted.get(ruleset);
  if (known !== undefined) return known;
  const all = ruleset.tables.filter(({ dormant }) => !dormant).flatMap(chainsOf);
  const lists = new Map<string, HookedChain[]>();
  for (const each of all) {
    const families = each.table.family === 'ip' ? [4] : each.table.family === 'ip6' ? [6] : [4, 6];
    for (const family of families) {
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
  if (!['ip', 'ip6', 'inet'].includes(table.family)) return [];
  return [...table.chains.values()].flatMap((chain): HookedChain[] => {
    const { base } = chain;
    if (base === null) return [];
    return [{ table, chain, base, run: (packet) => runChain(table, chain, base, packet) }];
  });
}
