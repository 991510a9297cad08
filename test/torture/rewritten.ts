/**
 * The row of rulesets that are changed: said in another way, nothing may become of packets but what became of them before; with
 * one rule less, the packets for which something else is said are those for which the kernel does something else.
 */
import { readRuleset } from '../../server/reach/rules/read.ts';
import type { Judgement } from '../../server/reach/judge/walk.ts';
import { addressField, familyOf, portField } from '../../server/reach/judge/packet.ts';
import type { Tuple } from '../../server/reach/judge/packet.ts';
import { chance } from '../support/chance.ts';
import { boundariesOf, randomPackets } from '../support/rules/random-packets.ts';
import { randomRuleset } from '../support/rules/random-rules.ts';
import { openRouter } from '../support/rules/router.ts';
import type { Router } from '../support/rules/router.ts';
import type { Figures, Rig, TortureRow } from './row.ts';
import { REWRITINGS } from './support/rewritten.ts';
import type { Rewriting } from './support/rewritten.ts';
import { asKernel, clashing } from './support/rulings.ts';

const PACKETS = 100;

type Rewrite = (rewriting: Rewriting) => Rewriting;

async function open(alter: Rewrite = (same) => same): Promise<Rig> {
  const router = await openRouter();
  return {
    one: (seed) => tryRewriting(router, seed, alter),
    close: () => {
      router.close();
      return Promise.resolve();
    },
  };
}

async function tryRewriting(router: Router, seed: number, alter: Rewrite): Promise<Figures> {
  const from = chance(seed);
  // Not every ruleset has something that can be rewritten so.
  for (;;) {
    const text = randomRuleset(from);
    const rewriting = alter(from.pick(REWRITINGS));
    const lines = rewriting.change(text.split('\n'), from);
    if (lines !== null) return compare(router, seed, rewriting, [text, lines.join('\n')]);
  }
}

async function compare(router: Router, seed: number, { name, same }: Rewriting, texts: readonly [string, string]) {
  const from = chance(seed + 1_000_000);
  const before = readRuleset(router.load(texts[0]));
  const tuples = randomPackets(from, boundariesOf(before), PACKETS);
  const heardBefore = await router.send(tuples);
  const after = readRuleset(router.load(texts[1]));
  const heardAfter = await router.send(tuples);
  const said = [before, after].map((ruleset) => tuples.map((tuple, number) => asKernel(ruleset, tuple, number)));
  const [saidBefore = [], saidAfter = []] = said;
  const left = new Set([...clashing(saidBefore), ...clashing(saidAfter)]);
  let changed = 0;
  tuples.forEach((_, number) => {
    const [one, other] = [endOf(saidBefore[number]), endOf(saidAfter[number])];
    if (left.has(number) || one === null || other === null) return;
    const [saidToChange, didChange] = [
      one !== other,
      heardText(heardBefore.get(number)) !== heardText(heardAfter.get(number)),
    ];
    if (saidToChange) changed += 1;
    const wrong = same
      ? saidToChange
        ? 'said to change'
        : didChange
          ? 'changed'
          : null
      : isWrong(one, other, didChange);
    if (wrong !== null)
      throw new Error(
        `seed ${String(seed)}, ${name}, packet ${String(number)} ${wrong}: ${one}, then ${other}\n${texts.join('\n---\n')}`,
      );
  });
  return { rulesets: 2, packets: 2 * tuples.length, [name]: 1, 'packets for which something else was said': changed };
}

/** Dropped, rejected or kept: outside nobody can tell. */
function isWrong(one: string, other: string, didChange: boolean): string | null {
  const unheard = (text: string): boolean => !text.startsWith('forwarded');
  const saidToChange = one !== other && !(unheard(one) && unheard(other));
  if (saidToChange === didChange) return null;
  return didChange ? 'changed' : 'did not change';
}

/** `null` where it cannot be said. */
function endOf(judgement: Judgement | undefined): string | null {
  if (judgement === undefined || judgement.verdict === 'unknown') return null;
  const { packet, verdict } = judgement;
  if (verdict !== 'forwarded') return verdict;
  const family = familyOf(packet);
  const fields = [
    addressField(family, 'source'),
    addressField(family, 'destination'),
    portField('source'),
    portField('destination'),
  ];
  const values = fields.map((field) => packet.get(field));
  return values.some((value) => typeof value === 'symbol') ? null : `forwarded ${values.map(String).join(' ')}`;
}

function heardText(heard: Tuple | undefined): string {
  if (heard === undefined) return 'nothing';
  const { source, destination, sourcePort, destinationPort } = heard;
  return [source, destination, sourcePort, destinationPort].map(String).join(' ');
}

export const rewritten: TortureRow = {
  invariant: 'R4',
  promise:
    'rules said in another way mean the same, and a rule that is gone changes what is said where it changes what happens',
  unit: 'pairs of rulesets with 100 packets each',
  target: 500,
  inCi: 15,
  open: () => open(),
  mutants: [
    {
      name: 'a rule that is lost while another is rewritten',
      within: 60,
      open: () =>
        open((rewriting) => ({
          ...rewriting,
          change: (lines, from) => dropHalf(rewriting.change(lines, from)),
          same: true,
        })),
    },
  ],
};

function dropHalf(lines: readonly string[] | null): readonly string[] | null {
  return lines === null ? null : lines.filter((line, index) => !line.startsWith('add rule ') || index % 2 === 0);
}
