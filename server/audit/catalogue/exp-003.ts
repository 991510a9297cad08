import { isWide, portCount } from '../exposure.ts';
import { portText } from '../mappings/ledger.ts';
import { locusOf } from '../scene.ts';
import { WIDE_PORTS } from './exp-001.ts';
import type { FindingRule } from './rule.ts';

/** Opened by the thousand: nobody knows what will listen there tomorrow. */
export const EXP_003: FindingRule = {
  id: 'EXP-003',
  name: 'Wide port range',
  severity: 'high',
  definition:
    'New connections from the internet, whoever sends them, are passed on to more than 1,000 ports of a machine or a network. (What the host itself takes is POL-001.)',
  fix: 'Let through the ports that are used, and no others.',
  standards: ['PCI DSS 4.0 1.3.1'],
  *find({ scene, exposures }) {
    const told = new Set<string>();
    for (const each of exposures.list) {
      const { on, target, box, family } = each;
      const ported = box.protocols.some((protocol) => protocol === 6n || protocol === 17n);
      if (!each.outside || each.to === null || !ported || portCount(each) <= WIDE_PORTS || !isWide(family, box.sources))
        continue;
      const about = `${on.stack.node} ${target} IPv${String(family)}`;
      if (told.has(about)) continue;
      told.add(about);
      const { by, witness } = each;
      yield {
        summary: `${on.stack.node} lets the internet reach ports ${box.ports.map(portText).join(', ')} of ${target}`,
        detail: each.sure ? '' : 'Unless a rule that is not understood refuses it.',
        at: by === null ? [] : [locusOf(scene, on.stack, by)],
        witness,
        about,
      };
    }
  },
};
