/** A table as rules for packets: as `nft -j` lists it, and whether a change of it may stop what passed. */
import { canonicalJson, sameJson } from '../core/json.ts';
import type { Json } from '../core/json.ts';
import type { Chain, NamedSet, Rule, SetElement, Table, TableFamily } from '../core/nft/ast.ts';
import type { Scope } from '../flow/resource.ts';
import type { Standing } from '../flow/standing.ts';

type Listed = Readonly<Record<string, Json>>;

/** The same as a part of the stack that it lies in. */
export function tableStanding(scope: Scope, name: string, table: Table, family: TableFamily = 'inet'): Standing {
  return { on: 'table', scope, table: { family, name, objects: listedTable(name, table, family) } };
}

export function listedTable(name: string, { chains, sets }: Table, family: TableFamily = 'inet'): readonly Listed[] {
  const at = { family, table: name };
  return [
    { table: { family, name } },
    ...Object.entries(sets).map(([set, value]): Listed => listedSet({ ...at, name: set }, value)),
    ...Object.entries(chains).map(([chain, { base }]): Listed => {
      const hook = base === null ? {} : { type: base.type, hook: base.hook, prio: base.priority, policy: base.policy };
      return { chain: { ...at, name: chain, ...hook } };
    }),
    ...Object.entries(chains).flatMap(([chain, { rules }]) =>
      rules.map(({ id, expr }): Listed => ({ rule: { ...at, chain, ...(id === null ? {} : { comment: id }), expr } })),
    ),
  ];
}

function listedSet(at: Listed, { key, data, interval, elements }: NamedSet): Listed {
  const value = {
    ...at,
    type: key.length === 1 ? (key[0] ?? '') : key,
    ...(data === null ? {} : { map: data === 'verdict' ? data : data.join(' . ') }),
    ...(interval ? { flags: ['interval'] } : {}),
    elem: elements.map(listedElement),
  };
  return data === null ? { set: value } : { map: value };
}

function listedElement({ key, id, value }: SetElement): Json {
  const joined = joinedParts(key);
  const left = id === null ? joined : { elem: { val: joined, comment: id } };
  if (value === null) return left;
  return [left, Array.isArray(value) ? joinedParts(value) : value];
}

function joinedParts(parts: readonly Json[]): Json {
  const [first = null] = parts;
  return parts.length === 1 ? first : { concat: parts };
}

/** `false` only where it is plain that more passes than before, and nothing goes elsewhere. */
export function mayStop(before: Table, after: Table): boolean {
  return !chainsOnlyOpen(before, after) || !setsOnlyOpen(before, after);
}

function chainsOnlyOpen(before: Table, after: Table): boolean {
  return Object.keys({ ...before.chains, ...after.chains }).every((name) => {
    const [former, next] = [before.chains[name], after.chains[name]];
    if (next === undefined) return false;
    if (former === undefined) return next.base === null && next.rules.every(accepts);
    return (
      sameJson(former, next) ||
      (sameJson(former.base, next.base) && next.base?.type !== 'nat' && addsAccepts(former, next))
    );
  });
}

function addsAccepts(former: Chain, next: Chain): boolean {
  let at = 0;
  for (const rule of next.rules) {
    if (at < former.rules.length && sameJson(former.rules[at], rule)) at += 1;
    else if (!accepts(rule)) return false;
  }
  return at === former.rules.length;
}

/** Or only writes to the log. */
function accepts({ expr }: Rule): boolean {
  const [last] = expr.slice(-1);
  return last !== undefined && ('accept' in last || 'log' in last);
}

function setsOnlyOpen(before: Table, after: Table): boolean {
  return Object.keys({ ...before.sets, ...after.sets }).every((name) => {
    const [former, next] = [before.sets[name], after.sets[name]];
    if (former !== undefined && next !== undefined && sameJson(former, next)) return true;
    if (former === undefined) return next?.data === null;
    if (next === undefined) return false;
    const { elements: _former, ...head } = former;
    const { elements: _next, ...nextHead } = next;
    return sameJson(head, nextHead) && addsElements(former, next) && isSafeToFill(name, next, after);
  });
}

function addsElements(former: NamedSet, next: NamedSet): boolean {
  const there = new Set(next.elements.map(canonicalJson));
  return former.elements.every((element) => there.has(canonicalJson(element)));
}

/** What is found in it is accepted; or, of a verdict map, judged by a chain that only accepts. */
function isSafeToFill(name: string, set: NamedSet, { chains }: Table): boolean {
  const reference = `"@${name}"`;
  if (set.data === 'verdict')
    return set.elements.every(
      ({ value }) => value !== null && 'jump' in value && (chains[value.jump.target]?.rules.every(accepts) ?? false),
    );
  if (set.data !== null) return false;
  const users = Object.values(chains).flatMap(({ rules }) =>
    rules.filter((rule) => JSON.stringify(rule).includes(reference)),
  );
  return users.every(
    (rule) =>
      accepts(rule) &&
      !rule.expr.some((each) => 'match' in each && each.match.op === '!=' && JSON.stringify(each).includes(reference)),
  );
}
