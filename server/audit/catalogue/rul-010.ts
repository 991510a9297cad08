import type { Judgement } from '../../reach/judge/walk.ts';
import { judge } from '../../reach/judge/walk.ts';
import { packetOf } from '../../reach/judge/packet.ts';
import type { Locator } from '../../reach/rules/ruleset.ts';
import { boxesOf, inBox, pick } from '../../reach/sets/boxes.ts';
import type { PacketSet } from '../../reach/sets/diagrams.ts';
import { NONE, TooComplex } from '../../reach/sets/diagrams.ts';
import { ordinary, ordinarySpans } from '../../reach/sets/difference.ts';
import { stackOf } from '../../reach/sets/facts.ts';
import { subjectOf } from '../../reach/sets/of-stack.ts';
import type { StackSets } from '../../reach/sets/stack.ts';
import { setsIn, sharedLayout } from '../../reach/sets/stack.ts';
import { tellingOf, wayOut, witnessFrom } from '../exposure.ts';
import type { Witness } from '../finding.ts';
import type { AuditedStack, Scene } from '../scene.ts';
import { locusOf } from '../scene.ts';
import { acceptingRules } from './accepting.ts';
import type { FindingRule } from './rule.ts';
import { FAMILIES, filtersAt, judged } from './chains.ts';

const HOOKS = ['input', 'forward'] as const;
const NODES = 1_500_000;
const MOST_BOXES = 60;

/** An accept ends its own chain alone. */
export const RUL_010: FindingRule = {
  id: 'RUL-010',
  name: 'Cross-table drop',
  severity: 'medium',
  definition:
    'A rule accepts new connections at input or forward, and another base chain that the kernel asks later at the same hook drops them. Medium where nothing of what the rule accepts gets through, low where a part of it does.',
  fix: 'Accept it in the later chain too, or keep the rules of one hook in one chain.',
  *find({ scene }) {
    for (const on of judged({ scene })) {
      const told = new Set<string>();
      for (const family of FAMILIES) {
        if (HOOKS.every((hook) => filtersAt(on, hook, family).length < 2)) continue;
        for (const { accepted, dropped, witness, whole } of refusedLater(scene, on, family)) {
          const about = `${on.stack.node} ${chainText(accepted)} ${accepted.text}`;
          if (told.has(about)) continue;
          told.add(about);
          yield {
            severity: whole ? 'medium' : 'low',
            summary: `On ${on.stack.node}, ${chainText(dropped)} drops ${whole ? 'all' : 'some'} of what a rule of ${chainText(accepted)} accepts`,
            detail: '',
            at: [accepted, dropped].map((each) => locusOf(scene, on.stack, each)),
            witness,
            about,
          };
        }
      }
    }
  },
};

function chainText({ family, table, chain }: Locator): string {
  return `${family} ${table} ${chain}`;
}

interface Refused {
  readonly accepted: Locator;
  readonly dropped: Locator;
  readonly witness: Witness;
  readonly whole: boolean;
}

/** Nothing where the rules are too many to be judged: that is said with the exposures already. */
function refusedLater(scene: Scene, on: AuditedStack, family: 4 | 6): readonly Refused[] {
  try {
    const subject = subjectOf(on.stack);
    const sets = setsIn(sharedLayout([subject], family, { spans: ordinarySpans(family), nodes: NODES }), subject);
    const { diagrams } = sets.layout;
    const devices = subject.facts.devices.filter((name) => name !== 'lo');
    const coming = diagrams.and(diagrams.union(devices.map((each) => sets.arriving(each))), ordinary(sets.layout));
    const ends = sets.endsOf(coming);
    const ended = (...verdicts: readonly string[]): PacketSet =>
      diagrams.union(ends.filter(({ verdict }) => verdicts.includes(verdict)).map(({ packets }) => packets));
    const lost = diagrams.minus(ended('dropped', 'rejected'), ended('forwarded', 'local', 'unknown'));
    return HOOKS.flatMap((hook) =>
      filtersAt(on, hook, family).flatMap((chain) =>
        acceptingRules(sets, chain).flatMap(({ rule, packets }): readonly Refused[] => {
          const refused = diagrams.and(lost, packets);
          if (refused === NONE) return [];
          const passes = diagrams.meets(ended('forwarded', 'local', 'unknown'), packets);
          const shown = shownBy(scene, on, sets, refused, { hook, rule: rule.at });
          return shown === null ? [] : [{ ...shown, accepted: rule.at, whole: !passes }];
        }),
      ),
    );
  } catch (error) {
    if (error instanceof TooComplex) return [];
    throw error;
  }
}

/** A packet that the rule accepts and that a later chain of the hook drops, one hop at a time. */
function shownBy(
  scene: Scene,
  on: AuditedStack,
  { layout }: StackSets,
  packets: PacketSet,
  { hook, rule }: { readonly hook: string; readonly rule: Locator },
): Pick<Refused, 'dropped' | 'witness'> | null {
  const subject = subjectOf(on.stack);
  for (const box of boxesOf(layout, packets, MOST_BOXES).list) {
    const within = layout.diagrams.and(packets, inBox(layout, box));
    const picked = pick(
      layout,
      within,
      tellingOf(scene, on.stack, layout.family).wishes(wayOut(on.stack, layout.family) ?? ''),
    );
    if (picked === undefined) continue;
    const judgement = judge(subject.ruleset, stackOf(subject.facts), packetOf(picked), { state: 'new' });
    const dropped = droppedAfter(judgement, hook, rule);
    if (dropped === null) continue;
    const { tuple, device } = picked;
    const outside = device === wayOut(on.stack, layout.family);
    return {
      dropped,
      witness: witnessFrom(tuple, outside ? 'internet' : `${on.stack.node} ${device}`, null),
    };
  }
  return null;
}

function droppedAfter({ verdict, by, steps }: Judgement, hook: string, rule: Locator): Locator | null {
  if ((verdict !== 'dropped' && verdict !== 'rejected') || by === null) return null;
  const at = steps.findIndex((each) => each.hook === hook && each.verdict === 'accept' && each.by === rule);
  return at >= 0 && steps.slice(at + 1).some((each) => each.hook === hook && each.by === by) ? by : null;
}
