import { conflicts } from '../mappings/conflicts.ts';
import type { LedgerEntry } from '../mappings/ledger.ts';
import type { Found, FindingRule, Subject } from './rule.ts';

/** Two answers to one question: the kernel takes the first, whoever wrote the second does not know. */
export const NAT_003: FindingRule = {
  id: 'NAT-003',
  name: 'Conflicting forwards',
  severity: 'high',
  definition:
    'Two rules of one host translate packets to the same public address, protocol and port to different targets: the first one that is asked wins.',
  fix: 'Remove one of them, or give them different ports.',
  *find(subject) {
    yield* pairs(subject, (one, other) => !sameTarget(one, other), 'and the first of them wins');
  },
};

/** The same twice: harmless until one of them is changed. */
export const NAT_004: FindingRule = {
  id: 'NAT-004',
  name: 'Duplicate forward',
  severity: 'low',
  definition:
    'Two rules of one host translate packets to the same public address, protocol and port to the same target.',
  fix: 'Remove one of them.',
  *find(subject) {
    yield* pairs(subject, sameTarget, 'to the same target');
  },
};

function* pairs(
  { ledger }: Subject,
  counts: (one: LedgerEntry, other: LedgerEntry) => boolean,
  how: string,
): Iterable<Found> {
  const told = new Set<string>();
  for (const [first, second] of conflicts(ledger)) {
    if (!counts(first, second)) continue;
    const { row } = first;
    const what = `${row.address}:${row.ports}/${row.protocol}`;
    const about = `${row.gateway} ${what} ${targetText(first)} ${second.row.address}:${second.row.ports} ${targetText(second)}`;
    if (told.has(about)) continue;
    told.add(about);
    yield {
      summary: `${row.gateway} forwards ${what} twice, ${how}`,
      detail: `To ${targetText(first)} and to ${targetText(second)}.`,
      at: [...first.row.through.slice(-1), ...second.row.through.slice(-1)],
      witness: null,
      about,
    };
  }
}

function sameTarget(one: LedgerEntry, other: LedgerEntry): boolean {
  return targetText(one) === targetText(other);
}

function targetText({ row: { target } }: LedgerEntry): string {
  return `${target.address}:${target.ports}`;
}
