import { isGenerated } from '../generated.ts';
import { locusOf } from '../scene.ts';
import { judged } from './chains.ts';
import type { DeadRule } from './dead-rules.ts';
import { deadRules } from './dead-rules.ts';
import type { Found, FindingRule, Subject } from './rule.ts';

/** Somebody believes that this rule does something. */
export const RUL_001: FindingRule = {
  id: 'RUL-001',
  name: 'Shadowed',
  severity: 'high',
  definition:
    'Rules before it in its chain take every packet that a rule is about, and do something else with them. High where it was to refuse what they accept, medium otherwise.',
  fix: 'Move the rule before those, or remove it.',
  *find(subject) {
    yield* dead(subject, (each) => each.by.length > 0 && !isSame(each), 'and they do something else');
  },
};

/** Harmless today. */
export const RUL_002: FindingRule = {
  id: 'RUL-002',
  name: 'Redundant',
  severity: 'low',
  definition: 'Rules before it in its chain take every packet that a rule is about, and do the same with them.',
  fix: 'Remove the rule.',
  *find(subject) {
    yield* dead(subject, (each) => each.by.length > 0 && isSame(each), 'and they do the same');
  },
};

/** Mistyped, most likely. */
export const RUL_005: FindingRule = {
  id: 'RUL-005',
  name: 'Irrelevant',
  severity: 'low',
  definition: 'The conditions of a rule exclude each other, so that no packet can meet it.',
  fix: 'Correct the rule, or remove it.',
  *find(subject) {
    yield* dead(subject, ({ by, own }) => by.length === 0 && own.size === 0, 'since its conditions exclude each other');
  },
};

function* dead({ scene }: Subject, counts: (each: DeadRule) => boolean, how: string): Iterable<Found> {
  for (const on of judged({ scene })) {
    for (const each of deadRules(on).filter(counts)) {
      const { table, chain, rule, own, before, by } = each;
      // The same for every file: where there is no IPv6, what is about it meets nothing.
      if (isGenerated(scene, on.stack, table, rule)) continue;
      const name = `${table.family} ${table.name} ${chain.name}`;
      const hides = (own.has('drop') || own.has('reject')) && before.has('accept');
      yield {
        ...(by.length > 0 && !isSame(each) && !hides ? { severity: 'medium' as const } : {}),
        summary: `A rule of ${on.stack.node}, ${name}, never meets a packet, ${by.length === 0 ? how : `others come first ${how}`}`,
        detail: by.length === 0 ? '' : `It would ${[...own].join(', ')}; they ${[...before].join(', ')}.`,
        at: [rule, ...by].map(({ at }) => locusOf(scene, on.stack, at)),
        witness: null,
        about: `${on.stack.node} ${name} ${rule.at.text}`,
      };
    }
  }
}

function isSame({ own, before }: DeadRule): boolean {
  return own.size === 1 && before.size === 1 && [...own].every((word) => before.has(word));
}
