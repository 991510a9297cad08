import { portCount } from '../exposure.ts';
import { wayOut } from '../exposure.ts';
import { locusOf } from '../scene.ts';
import type { FindingRule } from './rule.ts';

const ALL_PORTS = 65_536;

/** What got in must not be able to call home by any port. */
export const POL_004: FindingRule = {
  id: 'POL-004',
  name: 'Egress unrestricted',
  severity: 'medium',
  definition:
    'A gateway passes on new connections from a network behind it to the whole internet, to every port of TCP or UDP.',
  fix: 'Let out what is needed (443, mail through a relay, DNS through a resolver), and refuse the rest.',
  standards: ['PCI DSS 4.0 1.3.2'],
  *find({ scene, exposures }) {
    const told = new Set<string>();
    for (const each of exposures.list) {
      const { on, family, from, to, box } = each;
      if (each.outside || from === '' || from === 'lo' || to === null || to !== wayOut(on.stack, family)) continue;
      const everywhere = box.destinations.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
      const whole = 1n << (family === 4 ? 32n : 128n);
      const ported = box.protocols.includes(6n) || box.protocols.includes(17n);
      // The stack's own networks are not the world.
      if (!ported || portCount(each) < ALL_PORTS || everywhere < whole / 2n) continue;
      const about = `${on.stack.node} ${from} IPv${String(family)}`;
      if (told.has(about)) continue;
      told.add(about);
      const { by, witness } = each;
      yield {
        summary: `${on.stack.node} lets whoever comes in by ${from} reach every port of the internet over IPv${String(family)}`,
        detail: '',
        at: by === null ? [] : [locusOf(scene, on.stack, by)],
        witness,
        about,
      };
    }
  },
};
