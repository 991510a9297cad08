/**
 * Sets against a solver that knows nothing of decision diagrams: random rulesets of a few rules are put to z3 as a formula over
 * the bits of addresses, ports and protocol, and what the sets let pass as another; no packet may tell them apart.
 */
import { init } from 'z3-solver';
import type { Bool, Context } from 'z3-solver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../server/core/json.ts';
import { readRuleset } from '../../server/reach/rules/read.ts';
import { boxesOf } from '../../server/reach/sets/boxes.ts';
import type { Box } from '../../server/reach/sets/boxes.ts';
import type { Facts } from '../../server/reach/sets/facts.ts';
import { ANYWHERE } from '../../server/reach/sets/facts.ts';
import { stackSets } from '../../server/reach/sets/stack.ts';
import type { Chance } from '../support/chance.ts';
import { chance } from '../support/chance.ts';

const RULESETS = 25;

interface Match {
  readonly field: 'saddr' | 'daddr' | 'tcp' | 'udp';
  readonly first: number;
  readonly last: number;
  readonly negated: boolean;
}

interface PlainRule {
  readonly matches: readonly Match[];
  readonly verdict: 'accept' | 'drop' | 'return' | 'jump' | 'goto';
  readonly to: number;
}

/** The first is the base chain; chains call later ones. */
type Chains = readonly (readonly PlainRule[])[];

const BASE = 0x0a_00_00_00;

function randomChains(from: Chance): Chains {
  const count = 1 + from.upTo(4);
  return Array.from({ length: count }, (_, at) =>
    Array.from({ length: 1 + from.upTo(5) }, (): PlainRule => {
      const verdicts = [
        'accept',
        'accept',
        'drop',
        'return',
        ...(at + 1 < count ? ['jump', 'goto', 'jump'] : []),
      ] as const;
      return {
        matches: Array.from({ length: from.upTo(4) }, () => randomMatch(from)),
        verdict: from.pick(verdicts) as PlainRule['verdict'],
        to: at + 1 + from.upTo(Math.max(1, count - at - 1)),
      };
    }),
  );
}

function randomMatch(from: Chance): Match {
  const field = from.pick(['saddr', 'daddr', 'tcp', 'udp'] as const);
  const isPort = field === 'tcp' || field === 'udp';
  const first = isPort ? from.upTo(60_000) : BASE + from.upTo(4000);
  return { field, first, last: first + from.pick([0, 0, 7, 300, 5000]), negated: from.oneIn(4) };
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => String((value >>> shift) & 255)).join('.');
}

function listing(chains: Chains): readonly Readonly<Record<string, Json>>[] {
  const at = { family: 'inet', table: 't' };
  const base = { type: 'filter', hook: 'forward', prio: 0, policy: 'drop' };
  const expression = ({ field, first, last, negated }: Match): Json => {
    const isPort = field === 'tcp' || field === 'udp';
    const left = { payload: isPort ? { protocol: field, field: 'dport' } : { protocol: 'ip', field } };
    const value = (each: number): Json => (isPort ? each : dotted(each));
    return { match: { op: negated ? '!=' : '==', left, right: { range: [value(first), value(last)] } } };
  };
  return [
    { table: { family: 'inet', name: 't' } },
    ...chains.map((_, index) => ({ chain: { ...at, name: `c${String(index)}`, ...(index === 0 ? base : {}) } })),
    ...chains.flatMap((rules, index) =>
      rules.map(({ matches, verdict, to }, handle) => {
        const end: Json =
          verdict === 'jump' || verdict === 'goto' ? { [verdict]: { target: `c${String(to)}` } } : { [verdict]: null };
        return { rule: { ...at, chain: `c${String(index)}`, handle, expr: [...matches.map(expression), end] } };
      }),
    ),
  ];
}

const FACTS: Facts = {
  devices: ['a0', 'b0'],
  ways: () => [{ region: ANYWHERE, way: { type: 'out', device: 'b0' } }],
  address: () => null,
};

type Z3 = Awaited<ReturnType<typeof init>>;
let z3: Z3;
let c: Context<'sets'>;

beforeAll(async () => {
  z3 = await init();
  c = z3.Context('sets');
});

afterAll(() => {
  const { PThread } = z3.em as { readonly PThread: { terminateAllThreads(): void } };
  PThread.terminateAllThreads();
});

type Formula = Bool<'sets'>;

interface Fields {
  readonly between: (field: 'saddr' | 'daddr' | 'dport' | 'protocol', first: number, last: number) => Formula;
}

function fieldsOf(): Fields {
  const all = {
    saddr: c.BitVec.const('saddr', 32),
    daddr: c.BitVec.const('daddr', 32),
    dport: c.BitVec.const('dport', 16),
    protocol: c.BitVec.const('protocol', 8),
  };
  return { between: (field, first, last) => c.And(all[field].uge(first), all[field].ule(last)) };
}

/** Passes, and comes back from the chain, each from what the rules say one after the other. */
function meaning(
  chains: Chains,
  index: number,
  fields: Fields,
): { readonly passes: Formula; readonly returns: Formula } {
  let [passes, returns]: Formula[] = [c.Bool.val(false), c.Bool.val(false)];
  let here: Formula = c.Bool.val(true);
  for (const { matches, verdict, to } of chains[index] ?? []) {
    const hit = c.And(here, ...matches.map((each) => matchFormula(each, fields)));
    here = c.And(here, c.Not(hit));
    if (verdict === 'accept') passes = c.Or(passes ?? hit, hit);
    if (verdict === 'return') returns = c.Or(returns ?? hit, hit);
    if (verdict === 'jump' || verdict === 'goto') {
      const called = meaning(chains, to, fields);
      passes = c.Or(passes ?? hit, c.And(hit, called.passes));
      const back = c.And(hit, called.returns);
      if (verdict === 'jump') here = c.Or(here, back);
      else returns = c.Or(returns ?? hit, back);
    }
  }
  return { passes: passes ?? here, returns: c.Or(returns ?? here, here) };
}

function matchFormula({ field, first, last, negated }: Match, { between }: Fields): Formula {
  if (field === 'saddr' || field === 'daddr') {
    const inside = between(field, first, last);
    return negated ? c.Not(inside) : inside;
  }
  const protocol = field === 'tcp' ? 6 : 17;
  const inside = between('dport', first, last);
  return c.And(between('protocol', protocol, protocol), negated ? c.Not(inside) : inside);
}

function boxFormula({ destinations, sources, ports, protocols }: Box, { between }: Fields): Formula {
  const any = (field: 'saddr' | 'daddr' | 'dport', spans: Box['ports']): Formula =>
    c.Or(...spans.map(({ first, last }) => between(field, Number(first), Number(last))));
  const listed = protocols.map((each) => between('protocol', Number(each), Number(each)));
  return c.And(any('daddr', destinations), any('saddr', sources), any('dport', ports), c.Or(...listed));
}

async function tellingApart(chains: Chains, judged: Chains): Promise<'sat' | 'unsat' | 'unknown'> {
  const fields = fieldsOf();
  const sets = stackSets(readRuleset(listing(judged)), FACTS, 4);
  const passing = sets.endsOf(sets.arriving('a0')).filter(({ verdict }) => verdict === 'forwarded');
  const { diagrams } = sets.layout;
  const { list, more } = boxesOf(sets.layout, diagrams.union(passing.map(({ packets }) => packets)), 5000);
  expect(more).toBe(false);
  const solver = new c.Solver();
  const said = c.Or(c.Bool.val(false), ...list.map((box) => boxFormula(box, fields)));
  solver.add(c.Xor(meaning(chains, 0, fields).passes, said));
  return solver.check();
}

describe('sets and a solver', () => {
  it('know no packet that one lets pass and the other does not', { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= RULESETS; seed += 1) {
      const chains = randomChains(chance(seed));
      expect(await tellingApart(chains, chains), `seed ${String(seed)}`).toBe('unsat');
    }
  });
  it('are told apart by a rule that is turned round', { timeout: 120_000 }, async () => {
    let found = 0;
    for (let seed = 1; seed <= 10; seed += 1) {
      const chains = randomChains(chance(seed));
      const turned = chains.map((rules, at) =>
        at === 0 ? rules.map((rule) => ({ ...rule, verdict: 'accept' as const })) : rules,
      );
      if ((await tellingApart(chains, turned)) === 'sat') found += 1;
    }
    expect(found).toBeGreaterThan(5);
  });
});
