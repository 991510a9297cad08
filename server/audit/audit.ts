/** A scene → the report: the ledger, and every finding of the catalogue, worst first, what is accepted set apart. Pure. */
import { rulesProblems } from '../reach/rules/problems.ts';
import { CATALOGUE } from './catalogue/index.ts';
import type { FindingRule } from './catalogue/rule.ts';
import type { Finding } from './finding.ts';
import { keyOf } from './finding.ts';
import { differencesOf } from './differences.ts';
import { exposuresOf } from './exposure.ts';
import { withHairpins } from './mappings/hairpin.ts';
import { ledgerOf } from './mappings/ledger.ts';
import { withUsers } from './mappings/users.ts';
import type { AuditReport } from './report.ts';
import type { Scene } from './scene.ts';
import { bySeverity } from './severity.ts';
import type { Suppression } from './suppressions.ts';
import { sortOut } from './suppressions.ts';

export interface Asked {
  /** What is audited, as people call it. */
  readonly subject: string;
  /** UTC, `2026-11-21T18:40:00Z`. */
  readonly taken: string;
  readonly accepted: readonly Suppression[];
  /** All of them, unless said. */
  readonly kinds?: readonly FindingRule[];
}

export function audit(scene: Scene, { subject, taken, accepted, kinds = CATALOGUE }: Asked): AuditReport {
  const exposures = exposuresOf(scene);
  const differences = differencesOf(scene);
  const ledger = withHairpins(scene, withUsers(ledgerOf(scene), exposures), exposures);
  const found = kinds.flatMap((kind) =>
    [...kind.find({ scene, ledger, exposures, differences })].map((each): Finding => ({
      severity: kind.severity,
      ...each,
      id: kind.id,
    })),
  );
  const sorted = sortOut(
    found.toSorted((a, b) => bySeverity(a, b) || compare(keyOf(a), keyOf(b))),
    accepted,
    taken.slice(0, 10),
  );
  return {
    ...{ subject, taken, ledger: ledger.map(({ row }) => row), suppressed: sorted.suppressed },
    findings: sorted.findings,
    kinds: kinds.map(({ id, name, severity, definition, fix, standards }) => ({
      ...{ id, name, severity, definition, fix },
      ...(standards === undefined ? {} : { standards }),
    })),
    notes: [
      ...[...scene.stacks.values()].flatMap(({ stack }) => stack.unread.map((each) => `${stack.node}: ${each}`)),
      ...exposures.notes,
      ...differences.notes,
      ...[...scene.stacks.values()].flatMap(({ stack, rules }) =>
        rulesProblems(rules).map(({ place, what }) => `${stack.node}: ${place}: ${what}`),
      ),
      ...sorted.notes,
    ],
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
