import { formatAddress } from '../../core/address.ts';
import { judge } from '../../reach/judge/walk.ts';
import type { Tuple } from '../../reach/judge/packet.ts';
import { packetOf } from '../../reach/judge/packet.ts';
import type { Locator } from '../../reach/rules/ruleset.ts';
import { boxesOf, inBox, pick } from '../../reach/sets/boxes.ts';
import { TooComplex } from '../../reach/sets/diagrams.ts';
import { ordinary, ordinarySpans } from '../../reach/sets/difference.ts';
import { stackOf } from '../../reach/sets/facts.ts';
import { subjectOf } from '../../reach/sets/of-stack.ts';
import { setsIn, sharedLayout } from '../../reach/sets/stack.ts';
import { isWide, tellingOf, wayOut, witnessFrom } from '../exposure.ts';
import type { AuditedStack, Scene } from '../scene.ts';
import { locusOf } from '../scene.ts';
import { FAMILIES, judged } from './chains.ts';
import type { FindingRule } from './rule.ts';

const NODES = 1_500_000;
const MOST_BOXES = 60;

/** Whoever looks into the log of the server finds one client. */
export const NAT_007: FindingRule = {
  id: 'NAT-007',
  name: 'Masquerade hides source',
  severity: 'low',
  definition:
    'What comes in from outside gets an address of the gateway as its source before it is passed on: filters, limits and logs behind it see one client in place of all.',
  fix: 'Translate sources only where packets leave for the outside (`oifname "wan" masquerade`), or only of neighbours who use the public address (`ip saddr 10.1.0.0/24 ct status dnat masquerade`).',
  standards: ['PCI DSS 4.0 10.2.2', 'NIST SP 800-53 AU-3'],
  *find({ scene, exposures }) {
    for (const on of judged({ scene })) {
      if (exposures.partly.has(on.stack.id)) continue;
      for (const family of FAMILIES) {
        for (const { device, tuple, source, by } of hidden(scene, on, family)) {
          yield {
            summary: `${on.stack.node} puts ${formatAddress(family, source)} in front of what comes from outside and leaves by ${device}`,
            detail: '',
            at: [locusOf(scene, on.stack, by)],
            witness: witnessFrom(tuple, 'internet', null),
            about: `${on.stack.node} ${device} IPv${String(family)}`,
          };
        }
      }
    }
  },
};

interface Hidden {
  /** By which it leaves. */
  readonly device: string;
  readonly tuple: Tuple;
  readonly source: bigint;
  readonly by: Locator;
}

/** One packet for each interface by which something leaves that came in from outside with another source. */
function hidden(scene: Scene, on: AuditedStack, family: 4 | 6): readonly Hidden[] {
  const outside = wayOut(on.stack, family);
  if (outside === null) return [];
  const subject = subjectOf(on.stack);
  try {
    const layout = sharedLayout([subject], family, { spans: ordinarySpans(family), nodes: NODES });
    const sets = setsIn(layout, subject);
    const { diagrams } = layout;
    const word = family === 4 ? 'ip saddr' : 'ip6 saddr';
    const ends = sets
      .endsOf(diagrams.and(sets.arriving(outside), ordinary(layout)))
      .filter(({ verdict, device, rewritten }) => verdict === 'forwarded' && device !== outside && rewritten.has(word));
    return [...Map.groupBy(ends, ({ device }) => device)].flatMap(([device, each]): readonly Hidden[] => {
      const packets = diagrams.union(each.map((end) => end.packets));
      // A neighbour's address that comes in from outside is a lie, and another matter.
      const box = boxesOf(layout, packets, MOST_BOXES).list.find(({ sources }) => isWide(family, sources));
      if (box === undefined || device === null) return [];
      const wishes = tellingOf(scene, on.stack, family).wishes(outside);
      const picked = pick(layout, diagrams.and(packets, inBox(layout, box)), wishes);
      if (picked === undefined) return [];
      const { packet, steps } = judge(subject.ruleset, stackOf(subject.facts), packetOf(picked), { state: 'new' });
      const source = packet.get(word);
      const by = steps.findLast(({ hook }) => hook === 'postrouting')?.by;
      // What nobody can say for certain is no finding.
      if (typeof source !== 'bigint' || source === picked.tuple.source || by === undefined) return [];
      return [{ device, tuple: picked.tuple, source, by }];
    });
  } catch (error) {
    if (error instanceof TooComplex) return [];
    throw error;
  }
}
