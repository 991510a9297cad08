/** The contract of a finding: one file each, and one line in `index.ts`. */
import type { Finding, FindingKind } from '../finding.ts';
import type { Differences } from '../differences.ts';
import type { Exposures } from '../exposure.ts';
import type { LedgerEntry } from '../mappings/ledger.ts';
import type { Scene } from '../scene.ts';
import type { FindingSeverity } from '../severity.ts';

/** What is audited, and what several findings are computed from. */
export interface Subject {
  readonly scene: Scene;
  readonly ledger: readonly LedgerEntry[];
  readonly exposures: Exposures;
  readonly differences: Differences;
}

/** A finding without what all of its sort have in common; `severity` where it is not as bad as the worst of them. */
export type Found = Omit<Finding, 'id' | 'severity'> & { readonly severity?: FindingSeverity };

export interface FindingRule extends FindingKind {
  readonly find: (subject: Subject) => Iterable<Found>;
}
