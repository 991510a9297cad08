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
const LINES_SHOWN = 3;

function driftText({ resource, field, expected, found }: Drifted): string {
  if (field === 'present')
    return expected === true ? `${resource} is missing.` : `${resource} is there, and should not be.`;
  if (isList(expected) && isList(found)) return `${resource}: ${field} ${listsText(expected, found)}.`;
  return `${resource}: ${field} should be ${valueText(expected)} and is ${valueText(found)}.`;
}

/** `has tcp dport 22 accept`, `lacks …`: of lists of rules what differs is enough. */
function listsText(expected: readonly unknown[], found: readonly unknown[]): string {
  const [wanted, there] = [expected, found].map((list) => list.map(valueText));
  const said = [
    ['has', missingFrom(there ?? [], wanted ?? [])] as const,
    ['lacks', missingFrom(wanted ?? [], there ?? [])] as const,
  ].flatMap(([word, lines]) => {
    const more = lines.length > LINES_SHOWN ? ` and ${String(lines.length - LINES_SHOWN)} more` : '';
    return lines.length === 0 ? [] : [`${word} ${lines.slice(0, LINES_SHOWN).join('; ')}${more}`];
  });
  return said.length === 0 ? 'is in another order' : said.join(', and ');
}

function missingFrom(list: readonly string[], other: readonly string[]): readonly string[] {
  return list.filter((each) => !other.includes(each));
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function valueText(value: unknown): string {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
  const visible = visibleText(text);
  return visible.length > MOST_SHOWN ? `${visible.slice(0, MOST_SHOWN)}…` : visible;
}
