import type { Difference } from '../differences.ts';
import type { Scene } from '../scene.ts';
import { aboutOf, detailOf, flowText, rulesOf, severityOf, witnessOf } from './difference-words.ts';
import type { FindingRule } from './rule.ts';

/** The file says what may come in; what else does is somebody's mistake, or worse. */
export const EXP_004: FindingRule = {
  id: 'EXP-004',
  name: 'Unintended exposure',
  severity: 'critical',
  definition:
    'A host as it was found lets packets in from outside that it would not let in if it were as the file wants it: no publish and no allow of the file covers them. As bad as what is open; never less than high.',
  fix: 'See who put the rule there. Apply the file to be rid of what is wrong with our own; what is not ours must be removed by hand. Where it is wanted, write it into the file.',
  standards: ['PCI DSS 4.0 1.2.1', 'PCI DSS 4.0 1.2.8', 'NIST SP 800-53 CA-9'],
  *find({ scene, differences }) {
    for (const each of differences.fromWanted) {
      if (!each.outside || !isSpokenOf(scene, each)) continue;
      const {
        exposures: [{ on }],
      } = each;
      yield {
        severity: severityOf(each) === 'critical' ? 'critical' : 'high',
        summary: `${on.stack.node} lets in what the file does not: ${flowText(each)}`,
        detail: detailOf(each),
        at: rulesOf(scene, each),
        witness: witnessOf(each),
        about: aboutOf(each),
      };
    }
  },
};

/**
 * What a host's own programs get is no matter of the file (a host's own traffic is never filtered), but for a gateway that runs
 * there, on the NICs that are its own.
 */
export function isSpokenOf({ model }: Scene, { exposures: [{ on, to, from }] }: Difference): boolean {
  if (to !== null || on.stack.sort !== 'host') return true;
  return [...(model?.gateways.values() ?? [])].some(({ members }) =>
    members.some(
      ({ host, namespace, nics }) =>
        namespace === null && host === on.stack.host && nics.some(({ device }) => device === from),
    ),
  );
}
