import type { Difference } from '../differences.ts';
import type { Scene } from '../scene.ts';
import type { FindingSeverity } from '../severity.ts';
import { aboutOf, detailOf, flowText, rulesOf, severityOf, witnessOf } from './difference-words.ts';
import type { Found, FindingRule } from './rule.ts';

/** What a change does to traffic, before somebody finds out. */
export const DIF_001: FindingRule = {
  id: 'DIF-001',
  name: 'Newly reachable or newly blocked',
  severity: 'critical',
  definition:
    'Of two states one lets packets pass and the other does not: two snapshots of the same hosts, or the hosts as they are and as an apply of the file leaves them. What becomes possible is as bad as what is open, what becomes impossible is low. What found hosts let through and the file does not is EXP-004 and EXP-008.',
  fix: 'See that this is what the change is meant to do.',
  standards: ['PCI DSS 4.0 1.2.2', 'NIST SP 800-53 CM-3'],
  *find({ scene, differences }) {
    for (const each of differences.changed) {
      if (!isToldAlready(scene, each)) yield found(scene, each);
    }
  },
};

/** What an apply closes and found hosts have beyond the file. */
function isToldAlready(
  { changes, wanted }: Scene,
  { direction, outside, exposures: [{ on, to }] }: Difference,
): boolean {
  return changes?.by === 'apply' && direction === 'closed' && wanted.has(on.stack.id) && (outside || to !== null);
}

function found(scene: Scene, each: Difference): Found {
  const {
    direction,
    exposures: [{ on }],
  } = each;
  const opened = direction === 'opened';
  const severity: FindingSeverity = opened ? severityOf(each) : 'low';
  const flow = flowText(each);
  const words =
    scene.changes?.by === 'apply'
      ? `An apply of the file ${opened ? 'opens' : 'closes'} on ${on.stack.node}: ${flow}`
      : `${on.stack.node} ${opened ? 'lets pass what it did not before' : 'no longer lets pass'}: ${flow}`;
  return {
    ...{ severity, summary: words, detail: detailOf(each) },
    at: rulesOf(scene, each),
    witness: witnessOf(each),
    about: `${direction} ${aboutOf(each)}`,
  };
}
