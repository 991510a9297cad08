/**
 * What is wrong with rules as they stand, each with its place: names that lead nowhere, chains that call each other in circles,
 * and all that could not be read. The kernel refuses most of it, so that it speaks of a listing that is damaged or of two
 * readings that do not belong together. Nothing here decides about packets: where such a rule is met, the answer is `unknown`.
 */
import { printableText } from './printable.ts';
import type { Among, Chain, Locator, Members, Rule, Ruleset, Statement, Table, Value, Verdict } from './ruleset.ts';

export interface RulesProblem {
  /** `table ip filter chain INPUT rule 7`, `iptables.txt line 12` */
  readonly place: string;
  readonly what: string;
}

export function rulesProblems({ tables, unknown }: Ruleset): readonly RulesProblem[] {
  return [
    ...unknown.map(({ text, why, place }) => ({ place: place ?? 'the listing', what: `${why}: ${text}` })),
    ...tables.flatMap((table) => [...inTable(table), ...circlesOf(table)]),
  ];
}

function inTable(table: Table): readonly RulesProblem[] {
  const problems: RulesProblem[] = [];
  const checkVerdict = (verdict: Verdict, place: string): void => {
    if ('chain' in verdict && !table.chains.has(verdict.chain))
      problems.push({ place, what: `it goes to chain ${printableText(verdict.chain)}, which the table does not have` });
  };
  const checkMembers = ({ entries, otherwise, unread }: Members, place: string): void => {
    for (const value of [...entries.map((entry) => entry.value), otherwise])
      if (value !== null && 'type' in value) checkVerdict(value, place);
    for (const { text, why } of unread) problems.push({ place, what: `${why}: ${text}` });
  };
  for (const [name, members] of table.sets) checkMembers(members, `${tableText(table)} set ${printableText(name)}`);
  for (const { at, statements } of rulesOf(table)) {
    const place = placeText(at);
    for (const statement of statements) {
      if (statement.type === 'verdict') checkVerdict(statement.verdict, place);
      for (const among of amongsOf(statement)) {
        if ('members' in among) checkMembers(among.members, place);
        else if (!table.sets.has(among.set))
          problems.push({ place, what: `it asks set ${printableText(among.set)}, which the table does not have` });
      }
    }
  }
  return problems;
}

function rulesOf({ chains }: Table): readonly Rule[] {
  return [...chains.values()].flatMap(({ rules }) => rules);
}

function amongsOf(statement: Statement): readonly Among[] {
  const ofValue = (value: Value): readonly Among[] => (value.type === 'lookup' ? [value.among] : []);
  switch (statement.type) {
    case 'match':
    case 'vmap':
      return [statement.among];
    case 'either':
      return statement.of.flat().map(({ among }) => among);
    case 'assign':
      return ofValue(statement.value);
    case 'translate':
      return statement.translation.to.type === 'lookup' ? [statement.translation.to.among] : [];
    case 'condition':
    case 'verdict':
    case 'tproxy':
    case 'notrack':
    case 'aside':
    case 'unknown':
      return [];
  }
}

function circlesOf(table: Table): readonly RulesProblem[] {
  const called = new Map([...table.chains].map(([name, chain]) => [name, callsOf(table, chain)]));
  const problems: RulesProblem[] = [];
  const done = new Set<string>();
  for (const start of called.keys()) {
    if (done.has(start)) continue;
    // Depth first without recursion: chains may be thousands deep.
    const path: { readonly name: string; readonly left: { readonly to: string; readonly by: Locator }[] }[] = [
      { name: start, left: [...(called.get(start) ?? [])] },
    ];
    const open = new Set([start]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.left.pop();
      if (next === undefined) {
        open.delete(top.name);
        done.add(top.name);
        path.pop();
      } else if (open.has(next.to)) {
        const circle = [...path.map(({ name }) => name).slice(path.findIndex(({ name }) => name === next.to)), next.to];
        problems.push({
          place: placeText(next.by),
          what: `chains call each other in a circle: ${circle.map(printableText).join(', ')}`,
        });
      } else if (!done.has(next.to) && called.has(next.to)) {
        open.add(next.to);
        path.push({ name: next.to, left: [...(called.get(next.to) ?? [])] });
      }
    }
  }
  return problems;
}

function callsOf(table: Table, { rules }: Chain): readonly { readonly to: string; readonly by: Locator }[] {
  return rules.flatMap(({ at, statements }) =>
    statements.flatMap((statement) => verdictsOf(table, statement).map((to) => ({ to, by: at }))),
  );
}

function verdictsOf(table: Table, statement: Statement): readonly string[] {
  if (statement.type === 'verdict') return 'chain' in statement.verdict ? [statement.verdict.chain] : [];
  if (statement.type !== 'vmap') return [];
  const members = 'members' in statement.among ? statement.among.members : table.sets.get(statement.among.set);
  const values = members === undefined ? [] : [...members.entries.map(({ value }) => value), members.otherwise];
  return values.flatMap((value) => (value !== null && 'type' in value && 'chain' in value ? [value.chain] : []));
}

function tableText({ family, name }: Pick<Table, 'family' | 'name'>): string {
  return `table ${family} ${printableText(name)}`;
}

/** Where a rule stands, as text: the line of what iptables-save printed, else its handle. */
export function placeText({ family, table, chain, handle, line }: Locator): string {
  if (line !== undefined) return `${line.file} line ${String(line.line)}`;
  const rule = handle === null ? '' : ` rule ${String(handle)}`;
  return `${tableText({ family, name: table })} chain ${printableText(chain)}${rule}`;
}
