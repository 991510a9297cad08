/** The row of single rulesets of nftables: see `support/rulings.ts`. */
import type { Json } from '../../server/core/json.ts';
import { readRuleset } from '../../server/reach/rules/read.ts';
import { randomRuleset } from '../support/rules/random-rules.ts';
import { firstAcceptWins, forgetful, openRulings, ruleBefore, untranslated } from './support/rulings.ts';
import type { Rules } from './support/rulings.ts';
import type { TortureRow } from './row.ts';

type Listed = Readonly<Record<string, Json>>;

function ofNft(alter: (listing: readonly Listed[]) => readonly Listed[] = (same) => same): Rules {
  return {
    load: (router, from) => readRuleset(alter(router.load(randomRuleset(from)))),
    read: (router) => readRuleset(router.listing()),
  };
}

export const rules: TortureRow = {
  invariant: 'R1',
  promise: 'what is said of a packet and a ruleset is what the kernel does',
  unit: 'rulesets, each for 120 flows and their answers',
  target: 1000,
  inCi: 20,
  open: () => openRulings(ofNft()),
  mutants: [
    {
      name: 'a negated match that holds for what is not there',
      within: 40,
      open: () => openRulings(ofNft(withoutNeeds)),
    },
    { name: 'a verdict that ends all chains', within: 40, open: () => openRulings(ofNft(), firstAcceptWins) },
    { name: 'the rule before the one that decides', within: 10, open: () => openRulings(ofNft(), ruleBefore) },
    { name: 'flows that are forgotten', within: 40, open: () => openRulings(ofNft(), forgetful) },
    { name: 'translations that are forgotten', within: 40, open: () => openRulings(ofNft(), untranslated) },
  ],
};

/** As the listing shows it: `tcp dport != 22` without its protocol. */
function withoutNeeds(listing: readonly Listed[]): readonly Listed[] {
  const text = JSON.stringify(listing).replaceAll(
    '{"protocol":"tcp","field":"dport"}',
    '{"protocol":"th","field":"dport"}',
  );
  return JSON.parse(text) as readonly Listed[];
}
