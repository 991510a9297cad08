import type { FieldName } from '../rules/field-names.ts';
import type { Ruleset } from '../rules/ruleset.ts';
import type { Packet } from '../judge/packet.ts';

interface SpreadField {
  readonly field: FieldName;
  readonly first: bigint;
  readonly count: number;
}

const known = new WeakMap<Ruleset, readonly SpreadField[]>();

/** Of how many numbers this packet was given one; 1 where it was given none. */
export function spreadOf(ruleset: Ruleset, packet: Packet): number {
  const given = fieldsOf(ruleset).filter(({ field, first, count }) => {
    const value = packet.get(field);
    return typeof value === 'bigint' && value >= first && value < first + BigInt(count);
  });
  return Math.max(1, ...given.map(({ count }) => count));
}

function fieldsOf(ruleset: Ruleset): readonly SpreadField[] {
  const found =
    known.get(ruleset) ??
    ruleset.tables.flatMap(({ chains }) =>
      [...chains.values()].flatMap(({ rules }) =>
        rules.flatMap(({ statements }) =>
          statements.flatMap((each) =>
            each.type === 'assign' && each.value.type === 'spread'
              ? [{ field: each.field, first: each.value.first, count: each.value.count }]
              : [],
          ),
        ),
      ),
    );
  known.set(ruleset, found);
  return found;
}
