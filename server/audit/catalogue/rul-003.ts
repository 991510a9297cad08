import { witnessFrom } from '../exposure.ts';
import { locusOf } from '../scene.ts';
import { judged } from './chains.ts';
import type { Overlap } from './overlaps.ts';
import { overlapsOf } from './overlaps.ts';
import type { Found, FindingRule, Subject } from './rule.ts';

/** Pairs that are shown; the number of all of them is said. */
const SHOWN = 5;

/** Swapped they would mean something else, and nobody can see which was meant. */
export const RUL_003: FindingRule = {
  id: 'RUL-003',
  name: 'Correlated rules',
  severity: 'low',
  definition:
    'A rule accepts packets that a later one of its chain refuses, or the other way round, and each is about others, too: their order decides.',
  fix: 'Make the earlier rule about less, or say in its comment that it is meant to come first.',
  *find(subject) {
    yield* overlapping(
      subject,
      'crossing',
      'cross an earlier one that does the opposite',
      'crosses an earlier one that does the opposite',
    );
  },
};

/** An exception and its rule, most likely. */
export const RUL_004: FindingRule = {
  id: 'RUL-004',
  name: 'Generalisation',
  severity: 'info',
  definition:
    'A rule is about all that an earlier one of its chain is, and more, and does the opposite: the earlier one is an exception to it. Rules for whatever is left are not meant.',
  fix: 'See whether the exception is still wanted.',
  *find(subject) {
    yield* overlapping(
      subject,
      'wider',
      'are wider than an exception before them',
      'is wider than an exception before it',
    );
  },
};

function* overlapping({ scene }: Subject, sort: Overlap['sort'], many: string, one: string): Iterable<Found> {
  for (const on of judged({ scene })) {
    const own = overlapsOf(on).filter((each) => each.sort === sort);
    for (const [chain, pairs] of Map.groupBy(own, (each) => each.chain)) {
      const [first] = pairs;
      if (first === undefined) continue;
      const name = `${first.table.family} ${first.table.name} ${chain.name}`;
      const what =
        pairs.length === 1
          ? `A rule of ${on.stack.node}, ${name}, ${one}`
          : `${String(pairs.length)} rules of ${on.stack.node}, ${name}, ${many}`;
      yield {
        summary: what,
        detail:
          pairs.length > SHOWN ? `The first ${String(SHOWN)} are shown, each behind the one that comes first.` : '',
        at: pairs
          .slice(0, SHOWN)
          .flatMap(({ earlier, later }) => [earlier, later].map(({ at }) => locusOf(scene, on.stack, at))),
        witness:
          first.witness === undefined
            ? null
            : witnessFrom(first.witness.tuple, `${on.stack.node} ${first.witness.device}`.trim(), null),
        about: `${on.stack.node} ${name}`,
      };
    }
  }
}
