import { aboutOf, detailOf, flowText, rulesOf, witnessOf } from './difference-words.ts';
import type { FindingRule } from './rule.ts';

/** For a moment is long enough. */
export const DIF_002: FindingRule = {
  id: 'DIF-002',
  name: 'Transient exposure',
  severity: 'medium',
  definition:
    'While the file is applied to the hosts as they are, a state between two steps lets packets pass that pass neither before nor afterwards.',
  fix: 'Apply in two runs: first what refuses, then what needs it; or while nobody is connected.',
  *find({ scene, differences }) {
    const told = new Set<string>();
    for (const each of differences.meanwhile) {
      const about = aboutOf(each);
      if (told.has(about)) continue;
      told.add(about);
      yield {
        summary: `While the file is applied, ${each.exposures[0].on.stack.node} lets pass for a moment: ${flowText(each)}`,
        detail: detailOf(each),
        at: rulesOf(scene, each),
        witness: witnessOf(each),
        about,
      };
    }
  },
};
