import type { NamedSet } from '../../core/nft/ast.ts';
import { GONE, stagesThrough } from '../link-stages.ts';
import type { Stage } from '../kind.ts';
import { needsRebuild } from '../nft-table.ts';
import type { NftTable } from '../nft-table.ts';

/** What is said of new ports is said before they are there; what is said of old ones, until they are gone. */
export function isolationStages(before: NftTable | undefined, after: NftTable | undefined): readonly Stage<NftTable>[] {
  if (after === undefined) return GONE;
  if (before === undefined || needsRebuild(before)) return [{ effect: 'closes', state: after }];
  return stagesThrough(before, [
    ['closes', { ...after, chains: { ...before.chains, ...after.chains }, sets: joinSets(before.sets, after.sets) }],
    ['removes', after],
  ]);
}

function joinSets(before: NftTable['sets'], after: NftTable['sets']): NftTable['sets'] {
  const joined = Object.entries(after).map(([name, set]): [string, NamedSet] => [
    name,
    isByPort(set) ? join(before[name], set) : set,
  ]);
  return { ...before, ...Object.fromEntries(joined) };
}

/** Of the others, by MAC alone, nobody is trusted longer than he is wanted. */
function isByPort({ key }: NamedSet): boolean {
  return key[0] === 'ifname';
}

function join(before: NamedSet | undefined, after: NamedSet): NamedSet {
  const keys = new Set(after.elements.map(({ key }) => JSON.stringify(key)));
  const old = before?.elements.filter(({ key }) => !keys.has(JSON.stringify(key))) ?? [];
  return { ...after, elements: [...after.elements, ...old] };
}
