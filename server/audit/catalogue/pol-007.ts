import { visibleText } from '../../core/visible-text.ts';
import type { Drifted } from '../scene.ts';
import type { FindingRule } from './rule.ts';

const SHOWN = 12;

/** What was agreed on, and what is there. */
export const POL_007: FindingRule = {
  id: 'POL-007',
  name: 'Drift',
  severity: 'medium',
  definition:
    'Something of the topology on a host is not as it was confirmed there last (or, where the host keeps nothing of that or only a snapshot is looked at, not as the file wants it): changed, missing, or there though it should not be.',
  fix: 'See who changed it (`trunkline status`, `trunkline history`), write it into the file if it is wanted, and apply the file.',
  standards: ['PCI DSS 4.0 1.2.2', 'PCI DSS 4.0 1.2.8', 'NIST SP 800-53 CM-3'],
  *find({ scene }) {
    for (const [host, drift] of Map.groupBy(scene.drift, (each) => each.host)) {
      const resources = [...new Set(drift.map(({ resource }) => resource))];
      const many = resources.length !== 1;
      yield {
        summary: `On ${host} ${String(resources.length)} thing${many ? 's' : ''} of the topology ${many ? 'are' : 'is'} not as ${many ? 'they' : 'it'} should be`,
        detail: [
          ...drift.slice(0, SHOWN).map(driftText),
          ...(drift.length > SHOWN ? [`And ${String(drift.length - SHOWN)} more: trunkline status lists them.`] : []),
        ].join('\n'),
        at: resources.slice(0, SHOWN).map((resource) => ({ stack: host, object: resource, text: null, place: null })),
        witness: null,
        about: `${host} ${resources.toSorted().join(', ')}`,
      };
    }
  },
};

const MOST_SHOWN = 120;

function driftText({ resource, field, expected, found }: Drifted): string {
  if (field === 'present')
    return expected === true ? `${resource} is missing.` : `${resource} is there, and should not be.`;
  const [wanted, there] = [expected, found].map((value) =>
    shortened(value === undefined ? 'nothing' : JSON.stringify(value)),
  );
  return `${resource}: ${field} should be ${wanted ?? ''} and is ${there ?? ''}.`;
}

function shortened(text: string): string {
  const visible = visibleText(text);
  return visible.length > MOST_SHOWN ? `${visible.slice(0, MOST_SHOWN)}…` : visible;
}
