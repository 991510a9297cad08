/**
 * The statements that turn one state of a table into another, as one transaction. Base chains stay: a base chain that is
 * deleted and made anew lets packets through for a moment (its drop policy is set late), while flush and fill of a standing
 * one lost and leaked nothing in thousands of transitions.
 */
import { sameJson } from '../json.ts';
import type { NamedSet, Table, TableFamily } from './ast.ts';
import { checkName, renderChain, renderElement, renderHook, renderKey, renderSet, setWord } from './render.ts';

/** @param dirty chains that hold rules which `before` cannot show: they are filled anew in any case. */
export function changeTable(
  name: string,
  before: Table,
  after: Table,
  dirty: ReadonlySet<string> = new Set(),
  family: TableFamily = 'inet',
): string {
  const table = `${family} ${checkName(name)}`;
  const lines: string[] = [];
  const block = (body: string): void => {
    lines.push(`table ${table} {`, indent(body), '}');
  };

  const newChains = Object.keys(after.chains).filter((chain) => !(chain in before.chains));
  const oldChains = Object.keys(before.chains).filter((chain) => !(chain in after.chains));
  const rehooked = Object.keys(after.chains).filter(
    (chain) => chain in before.chains && mustRehook(before, after, chain),
  );
  const newSets = Object.entries(after.sets).filter(([set, value]) => !isSame(before.sets[set], value));
  const oldSets = Object.entries(before.sets).filter(([set, value]) => !isSame(after.sets[set], value));
  const refilled = chainsToFill(before, after, dirty, oldSets.length > 0);

  // Rules go first, so that nothing refers any more to the sets and chains that go.
  for (const chain of [...refilled, ...oldChains]) {
    if (chain in before.chains) lines.push(`flush chain ${table} ${checkName(chain)}`);
  }
  for (const [set, value] of oldSets) lines.push(`delete ${setWord(value)} ${table} ${checkName(set)}`);
  for (const chain of rehooked) lines.push(`delete chain ${table} ${checkName(chain)}`);
  // Chains come before the elements that jump to them.
  for (const chain of [...newChains, ...rehooked])
    block(renderChain(chain, { base: after.chains[chain]?.base ?? null, rules: [] }, family));
  for (const [set, value] of newSets) block(renderSet(set, value));
  for (const [set, value] of Object.entries(after.sets)) {
    const former = before.sets[set];
    if (former !== undefined && isSame(former, value)) lines.push(...changeElements(table, set, former, value));
  }
  for (const chain of refilled) {
    const value = after.chains[chain];
    if (value !== undefined) block(renderChain(chain, value, family));
  }
  for (const chain of oldChains) lines.push(`delete chain ${table} ${checkName(chain)}`);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Type, hook and priority of a base chain cannot be changed in place (EOPNOTSUPP); its policy can. */
function mustRehook(before: Table, after: Table, chain: string): boolean {
  const [former, wanted] = [before.chains[chain]?.base ?? null, after.chains[chain]?.base ?? null];
  if (former === null || wanted === null) return former !== wanted;
  return renderHook({ ...former, policy: wanted.policy }) !== renderHook(wanted);
}

/** A set whose type or flags change is made anew; only elements can change in place. */
function isSame(former: NamedSet | undefined, wanted: NamedSet): boolean {
  return former !== undefined && sameJson({ ...former, elements: [] }, { ...wanted, elements: [] });
}

/** A set that goes takes with it every rule that looks into it; so then all chains are filled anew. */
function chainsToFill(before: Table, after: Table, dirty: ReadonlySet<string>, all: boolean): readonly string[] {
  return Object.entries(after.chains)
    .filter(([chain, value]) => all || dirty.has(chain) || !sameJson(before.chains[chain], value))
    .map(([chain]) => chain);
}

function changeElements(table: string, name: string, former: NamedSet, wanted: NamedSet): readonly string[] {
  const target = `${table} ${checkName(name)}`;
  // The kernel may hold merged ranges of a plain interval set cut in other places than we see them: no single one is taken out.
  if (wanted.interval && wanted.key.length === 1) {
    if (sameJson(former.elements, wanted.elements)) return [];
    return [`flush ${setWord(wanted)} ${target}`, ...elements('add', target, [...elementTexts(wanted).values()])];
  }
  // As text, once for each: a map may have ten thousand.
  const [formerTexts, wantedTexts] = [elementTexts(former), elementTexts(wanted)];
  const gone = [...formerTexts].filter(([key, text]) => wantedTexts.get(key) !== text).map(([key]) => key);
  const come = [...wantedTexts].filter(([key, text]) => formerTexts.get(key) !== text).map(([, text]) => text);
  return [...elements('delete', target, gone), ...elements('add', target, come)];
}

/** Elements as nft shows them, by key. */
function elementTexts(set: NamedSet): ReadonlyMap<string, string> {
  return new Map(set.elements.map((element) => [renderKey(set.key, element.key), renderElement(set, element)]));
}

function elements(verb: 'add' | 'delete', target: string, texts: readonly string[]): readonly string[] {
  return texts.length === 0 ? [] : [`${verb} element ${target} {`, ...texts.map((text) => `\t${text},`), '}'];
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '\t');
}
