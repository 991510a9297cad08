/**
 * An audit as SARIF 2.1.0 (OASIS). A finding in a file has its line; one on a host has a logical location
 * (`gw-x/vgw-1: inet filter input handle 12`). `partialFingerprints` holds its key, so that a forge knows it again; what is
 * accepted comes with its reason.
 */
import type { Location, Log, ReportingDescriptor, Result } from 'sarif';
import { shortTag } from '../../core/hash.ts';
import type { SarifOptions } from '../../core/sarif.ts';
import { locationOf, messageText } from '../../core/sarif.ts';
import { visibleText } from '../../core/visible-text.ts';
import { stateOf } from '../baseline.ts';
import type { Finding, FindingKind, Locus } from '../finding.ts';
import { keyOf } from '../finding.ts';
import type { AuditReport } from '../report.ts';
import type { FindingSeverity } from '../severity.ts';
import { locusText, witnessText } from './words.ts';

const LEVELS = { critical: 'error', high: 'error', medium: 'warning', low: 'note', info: 'none' } as const;

/** What code forges sort by, as they sort CVSS scores: above 9 critical, above 7 high, above 4 medium. */
const SCORES = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0', info: '0.0' } as const;

export function auditSarifOf(report: AuditReport, options: SarifOptions): Log {
  const { findings, suppressed, kinds, baseline } = report;
  const indexes = new Map(kinds.map(({ id }, index) => [id, index]));
  const plain = (finding: Finding): Result => resultOf(finding, indexes.get(finding.id) ?? -1, options);
  const result = (finding: Finding): Result => {
    const baselineState = stateOf(report, finding);
    return { ...plain(finding), ...(baselineState === null ? {} : { baselineState }) };
  };
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'trunkline', semanticVersion: options.version, rules: kinds.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        results: [
          ...findings.map(result),
          ...suppressed.map(({ finding, by }) => ({
            ...result(finding),
            suppressions: [
              {
                kind: 'external' as const,
                status: 'accepted' as const,
                justification: `${visibleText(by.reason)} (until ${by.until})`,
              },
            ],
          })),
          ...(baseline?.absent ?? []).map((finding): Result => ({ ...plain(finding), baselineState: 'absent' })),
        ],
      },
    ],
  };
}

function ruleOf({ id, name, severity, definition, fix, standards }: FindingKind): ReportingDescriptor {
  return {
    id,
    shortDescription: { text: name },
    fullDescription: { text: definition },
    help: { text: fix },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { 'security-severity': SCORES[severity], tags: ['security', ...(standards ?? [])] },
  };
}

function resultOf(finding: Finding, ruleIndex: number, options: SarifOptions): Result {
  const { id, severity, summary, detail, at, witness } = finding;
  const example = witness === null ? '' : `For example: ${witnessText(witness)}`;
  const text = [`${summary}.`, detail, example].filter((part) => part !== '').map(visibleText);
  return {
    ruleId: id,
    ruleIndex,
    level: LEVELS[severity],
    kind: levelKind(severity),
    message: { text: messageText(text.join('\n')) },
    locations: at.map((locus) => whereOf(locus, options.folder)),
    partialFingerprints: { 'trunklineFinding/v1': shortTag(32, keyOf(finding)) },
  };
}

/** SARIF 3.27.10: where the kind is not `fail`, the level is `none`. */
function levelKind(severity: FindingSeverity): 'fail' | 'informational' {
  return severity === 'info' ? 'informational' : 'fail';
}

function whereOf(locus: Locus, folder: string): Location {
  const { stack, object, place } = locus;
  return {
    ...(place === null ? {} : locationOf(place, folder)),
    ...(stack === null && object === null
      ? {}
      : { logicalLocations: [{ fullyQualifiedName: locusText({ ...locus, place: null }), kind: 'object' }] }),
  };
}
