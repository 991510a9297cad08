/**
 * The row of sets of packets: a random ruleset is loaded and read back, and judged twice, for all packets at once and for one at
 * a time. Both are written separately from one representation of the rules; a packet has to end where both say.
 */
import { formatAddress } from '../../server/core/address.ts';
import { addressField, packetOf, portField } from '../../server/reach/judge/packet.ts';
import type { Tuple } from '../../server/reach/judge/packet.ts';
import type { Judgement } from '../../server/reach/judge/walk.ts';
import { judge } from '../../server/reach/judge/walk.ts';
import { readRuleset } from '../../server/reach/rules/read.ts';
import type { Chain, Ruleset, Statement, Table } from '../../server/reach/rules/ruleset.ts';
import type { End } from '../../server/reach/sets/flow.ts';
import { stackSets } from '../../server/reach/sets/stack.ts';
import { scratchNamespaces } from '../kernel/support/scratch.ts';
import { chance } from '../support/chance.ts';
import { boundariesOf, randomPackets } from '../support/rules/random-packets.ts';
import { randomRuleset } from '../support/rules/random-rules.ts';
import { listed, loadLines, PORTS } from '../support/rules/router.ts';
import type { Port } from '../support/rules/router.ts';
import type { Figures, Rig, TortureRow } from './row.ts';
import { FACTS, STACK } from './support/router-stack.ts';

const PACKETS = 500;

type Sets = (ruleset: Ruleset, family: 4 | 6) => { endsOf(tuple: Tuple, device: Port): readonly End[] };

const asWritten: Sets = (ruleset, family) => {
  const sets = stackSets(ruleset, FACTS, family);
  const ends = new Map(PORTS.map((port) => [port, sets.endsOf(sets.arriving(port))]));
  return {
    endsOf: (tuple, device) => (ends.get(device) ?? []).filter(({ packets }) => sets.holds(packets, tuple, device)),
  };
};

function open(sets: Sets = asWritten): Promise<Rig> {
  const scratch = scratchNamespaces();
  const namespace = scratch.add('tl-sets');
  return Promise.resolve({
    one: (seed) =>
      Promise.resolve().then(() => {
        scratch.run(namespace, ['nft', 'flush', 'ruleset']);
        loadLines(scratch, namespace, randomRuleset(chance(seed)));
        return compare(seed, readRuleset(listed(scratch, namespace)), sets);
      }),
    close() {
      scratch.remove();
      return Promise.resolve();
    },
  });
}

function compare(seed: number, ruleset: Ruleset, sets: Sets): Figures {
  const tuples = randomPackets(chance(seed + 7_000_000), boundariesOf(ruleset), PACKETS);
  const families = { 4: sets(ruleset, 4), 6: sets(ruleset, 6) };
  const figures = {
    rulesets: 1,
    packets: tuples.length,
    certain: 0,
    'left open by both': 0,
    'left open by the sets alone': 0,
    'too many ways to follow one packet': 0,
  };
  for (const [index, tuple] of tuples.entries()) {
    const device = PORTS[index % PORTS.length] ?? 'a0';
    const judgement = judge(ruleset, STACK, packetOf({ tuple, device }), { state: 'new' });
    const ends = families[tuple.family].endsOf(tuple, device);
    const wrong = disagreement(judgement, ends, tuple);
    if (wrong !== undefined) throw new Error(report(seed, wrong, tuple, judgement, ends));
    const verdicts = new Set(ends.map(({ verdict }) => verdict));
    if (judgement.notes.includes(TOO_MANY)) figures['too many ways to follow one packet'] += 1;
    else if (judgement.verdict === 'unknown') figures['left open by both'] += 1;
    else if (verdicts.size > 1) figures['left open by the sets alone'] += 1;
    else figures.certain += 1;
  }
  return figures;
}

/** Said where rules leave so many ways open that one packet is not followed any further: sets have no such end. */
const TOO_MANY = 'the rules leave too many ways open to follow them all';

function disagreement(judgement: Judgement, ends: readonly End[], tuple: Tuple): string | undefined {
  const { verdict, notes } = judgement;
  const [only] = ends;
  if (only === undefined) return 'the packet ends nowhere';
  const certain = ends.length === 1 && only.verdict !== 'unknown' && !isOpen(only);
  if (notes.includes(TOO_MANY)) return undefined;
  if (verdict === 'unknown') return certain ? 'the sets are certain, and the judge is not' : undefined;
  if (!ends.some((each) => sameEnd(each, judgement, tuple))) return 'the sets leave out how the packet ends';
  return undefined;
}

const isOpen = ({ rewritten }: End): boolean => [...rewritten.values()].includes('some');

function sameEnd({ verdict, device, rewritten }: End, judgement: Judgement, tuple: Tuple): boolean {
  if (verdict !== judgement.verdict) return false;
  if (verdict === 'dropped' || verdict === 'rejected') return true;
  if (device !== judgement.device) return false;
  const { family } = tuple;
  const hasPorts = tuple.sourcePort !== null;
  const fields = [
    [addressField(family, 'source'), tuple.source],
    [addressField(family, 'destination'), tuple.destination],
    ...(hasPorts ? ([[portField('source'), tuple.sourcePort]] as const) : []),
    ...(hasPorts ? ([[portField('destination'), tuple.destinationPort]] as const) : []),
  ] as const;
  return fields.every(([field, sent]) => {
    const said = judgement.packet.get(field);
    const found = rewritten.get(field) ?? sent;
    return typeof said !== 'bigint' || found === 'some' || said === found;
  });
}

function report(seed: number, what: string, tuple: Tuple, judgement: Judgement, ends: readonly End[]): string {
  const { family, protocol, source, destination, sourcePort, destinationPort } = tuple;
  const flow = `${String(protocol)} ${formatAddress(family, source)} ${String(sourcePort)} to ${formatAddress(family, destination)} ${String(destinationPort)}`;
  const steps = judgement.steps.map(
    (step) => `${step.hook} ${step.table} ${step.chain}: ${step.verdict} by ${String(step.by.handle)} ${step.by.text}`,
  );
  const said = ends.map(
    ({ verdict, device, rewritten }) => `sets: ${verdict} ${String(device)} ${[...rewritten].map(String).join(' ')}`,
  );
  const now = [...judgement.packet].map(([field, value]) => `${field}=${String(value)}`).join(' ');
  return [`seed ${String(seed)}: ${what}`, flow, `judge: ${judgement.verdict} ${now}`, ...steps, ...said].join('\n');
}

export const sets: TortureRow = {
  invariant: 'R2',
  promise: 'what is said of all packets at once is what is said of each of them',
  unit: 'rulesets of 500 packets',
  target: 2000,
  inCi: 30,
  open: () => open(),
  mutants: [
    { name: 'a negated match that holds for what is not there', within: 40, open: () => open(judging(withoutNeeds)) },
    { name: 'a jump that never comes back', within: 80, open: () => open(judging(jumpsAsGotos)) },
    { name: 'translations that are forgotten', within: 40, open: () => open(judging(untranslated)) },
    {
      name: 'a condition that is not understood taken for one that holds',
      within: 60,
      open: () => open(judging(sureOf)),
    },
    { name: 'an accept that ends all chains', within: 60, open: () => open(judging(firstChainsOnly)) },
  ],
};

/** The sets are made from a ruleset that says something else, as an evaluator would that reads it wrongly. */
function judging(spoil: (table: Table) => Table): Sets {
  return ({ tables, unknown }, family) => asWritten({ tables: tables.map(spoil), unknown }, family);
}

function withChains(table: Table, alter: (chain: Chain) => Chain): Table {
  return { ...table, chains: new Map([...table.chains].map(([name, chain]) => [name, alter(chain)])) };
}

function withStatements(table: Table, alter: (statement: Statement) => readonly Statement[]): Table {
  return withChains(table, (chain) => ({
    ...chain,
    rules: chain.rules.map((rule) => ({ ...rule, statements: rule.statements.flatMap(alter) })),
  }));
}

function withoutNeeds(table: Table): Table {
  return withStatements(table, (statement) =>
    statement.type === 'match'
      ? [{ ...statement, key: statement.key.map((term) => ({ ...term, needs: [] })) }]
      : [statement],
  );
}

function jumpsAsGotos(table: Table): Table {
  return withStatements(table, (statement) =>
    statement.type === 'verdict' && statement.verdict.type === 'jump'
      ? [{ type: 'verdict', verdict: { ...statement.verdict, type: 'goto' } }]
      : [statement],
  );
}

function untranslated(table: Table): Table {
  return withStatements(table, (statement) =>
    statement.type === 'translate' ? [{ type: 'aside', what: '' }] : [statement],
  );
}

function sureOf(table: Table): Table {
  return withStatements(table, (statement) => (statement.type === 'condition' ? [] : [statement]));
}

/** Chains of the other tables are not asked any more. */
function firstChainsOnly(table: Table): Table {
  return withChains(table, (chain) =>
    chain.base?.type === 'filter' && table.name !== 't0' ? { ...chain, base: null } : chain,
  );
}
