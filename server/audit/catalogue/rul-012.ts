import { addressPart, mustParseAddress, mustParsePrefix } from '../../core/address.ts';
import type { StackRoute } from '../../flow/world.ts';
import { servicesOf } from '../../reach/changes/services.ts';
import { judge } from '../../reach/judge/walk.ts';
import { packetOf } from '../../reach/judge/packet.ts';
import type { Locator, Span } from '../../reach/rules/ruleset.ts';
import type { FieldName } from '../../reach/rules/field-names.ts';
import type { Box } from '../../reach/sets/boxes.ts';
import { boxesOf, inBox, pick } from '../../reach/sets/boxes.ts';
import type { PacketSet } from '../../reach/sets/diagrams.ts';
import { NONE, TooComplex } from '../../reach/sets/diagrams.ts';
import { ordinary, ordinarySpans } from '../../reach/sets/difference.ts';
import { stackOf } from '../../reach/sets/facts.ts';
import { subjectOf } from '../../reach/sets/of-stack.ts';
import { setsIn, sharedLayout } from '../../reach/sets/stack.ts';
import { spansText, tellingOf, witnessFrom } from '../exposure.ts';
import type { Witness } from '../finding.ts';
import type { AuditedStack, Scene } from '../scene.ts';
import { locusOf } from '../scene.ts';
import { acceptingRules } from './accepting.ts';
import type { Found, FindingRule } from './rule.ts';
import { filtersAt, judged } from './chains.ts';

const NODES = 1_500_000;
const MOST_BOXES = 60;

/** Two firewalls in a row, and two opinions. */
export const RUL_012: FindingRule = {
  id: 'RUL-012',
  name: 'Inter-host shadowing',
  severity: 'medium',
  definition:
    'Of two routers in a row one drops all of what a rule of the other accepts: the first drops what only comes by it and the second would accept, or the first passes on what the second drops.',
  fix: 'Accept it on both, or on neither.',
  *find({ scene }) {
    for (const row of rows(scene)) {
      yield* shadowed(scene, row);
      yield* spurious(scene, row);
    }
  },
};

/** A router that sends on to the next one. */
interface Row {
  readonly family: 4 | 6;
  readonly first: AuditedStack;
  readonly second: AuditedStack;
  /** What the first sends to the second. */
  readonly to: Span;
  readonly leavesBy: string;
  readonly comesInBy: string;
}

function rows(scene: Scene): readonly Row[] {
  return judged({ scene }).flatMap((first) =>
    first.stack.routes.flatMap((route): readonly Row[] => {
      const next = nextOf(scene, first, route);
      if (next === null || route.table !== 'main' || route.type !== 'unicast') return [];
      const { first: low, last: high, family } = mustParsePrefix(route.to);
      const [way] = route.ways;
      const leavesBy = way?.device ?? '';
      return [{ family, first, second: next.on, to: { first: low, last: high }, leavesBy, comesInBy: next.device }];
    }),
  );
}

/** Who has the address of the next hop, where that is one alone. */
function nextOf(
  scene: Scene,
  { stack }: AuditedStack,
  { ways }: StackRoute,
): { readonly on: AuditedStack; readonly device: string } | null {
  const [way, ...others] = ways;
  if (way?.via == null || others.length > 0) return null;
  const [owner, ...more] = scene.owners.get(way.via) ?? [];
  const on = owner === undefined || more.length > 0 ? undefined : scene.stacks.get(owner.stack.id);
  if (owner === undefined || on === undefined || on.stack.id === stack.id) return null;
  return judged({ scene }).includes(on) ? { on, device: owner.device } : null;
}

/** The second accepts what the first drops, and by no other way does it come. */
function* shadowed(scene: Scene, row: Row): Iterable<Found> {
  const { first, second, comesInBy } = row;
  for (const accepted of acceptedBy(scene, row, second, { from: comesInBy, to: null })) {
    if (!accepted.boxes.every(({ sources }) => comesOnlyBy(scene, row, sources))) continue;
    const words = `${first.stack.node} drops what ${second.stack.node} behind it accepts`;
    yield* told(scene, row, accepted, { on: second, words, refusing: first, device: null });
  }
}

/** The first passes on what the second drops. */
function* spurious(scene: Scene, row: Row): Iterable<Found> {
  const { first, second, leavesBy, comesInBy } = row;
  for (const accepted of acceptedBy(scene, row, first, { from: null, to: leavesBy })) {
    const words = `${second.stack.node} drops what ${first.stack.node} before it passes on`;
    yield* told(scene, row, accepted, { on: first, words, refusing: second, device: comesInBy });
  }
}

interface Accepted {
  readonly rule: Locator;
  /** All that it lets pass between the two. */
  readonly boxes: readonly Box[];
}

interface Between {
  /** The interface that it comes in by, or leaves by; `null`: any. */
  readonly from: string | null;
  readonly to: string | null;
}

/** Rules at forward by which packets surely pass, to what the first sends to the second, with nothing translated. */
function acceptedBy(
  scene: Scene,
  { family, to: wanted }: Row,
  on: AuditedStack,
  { from, to }: Between,
): readonly Accepted[] {
  try {
    const subject = subjectOf(on.stack);
    const spans = [...ordinarySpans(family), [destinationOf(family), wanted] as const];
    const layout = sharedLayout([subject], family, { spans, nodes: NODES });
    const { diagrams } = layout;
    const sets = setsIn(layout, subject);
    const devices = from === null ? subject.facts.devices.filter((name) => name !== 'lo' && name !== to) : [from];
    const coming = diagrams.and(diagrams.union(devices.map((each) => sets.arriving(each))), ordinary(layout));
    const ends = sets.endsOf(coming);
    const passes = ends.filter(
      ({ verdict, device, rewritten }) =>
        verdict === 'forwarded' && rewritten.size === 0 && (to === null ? device !== from : device === to),
    );
    const others = ends.filter((each) => !passes.includes(each)).map(({ packets }) => packets);
    const surely = diagrams.minus(diagrams.union(passes.map(({ packets }) => packets)), diagrams.union(others));
    return filtersAt(on, 'forward', family)
      .flatMap((chain) => acceptingRules(sets, chain))
      .flatMap(({ rule, packets }): readonly Accepted[] => {
        const set = diagrams.and(surely, packets);
        const { list, more } = boxesOf(layout, set, MOST_BOXES);
        const all =
          !more && list.length > 0 && list.every((box) => box.destinations.every((span) => isWithin(span, wanted)));
        const picked = all ? pick(layout, set, tellingOf(scene, on.stack, family).wishes(from ?? '')) : undefined;
        if (picked === undefined) return [];
        const { steps } = judge(subject.ruleset, stackOf(subject.facts), packetOf(picked), { state: 'new' });
        return steps.some(({ hook, by }) => hook === 'forward' && by === rule.at)
          ? [{ rule: rule.at, boxes: list }]
          : [];
      });
  } catch (error) {
    if (error instanceof TooComplex) return [];
    throw error;
  }
}

interface Telling {
  readonly on: AuditedStack;
  readonly words: string;
  readonly refusing: AuditedStack;
  /** Where the other gets it; `null`: wherever. */
  readonly device: string | null;
}

function* told(
  scene: Scene,
  { family }: Row,
  { rule, boxes }: Accepted,
  { on, words, refusing, device }: Telling,
): Iterable<Found> {
  const refused = boxes.map((box) => refusedBy(scene, refusing, device, box, family));
  const [shown] = refused;
  if (shown == null || refused.includes(null)) return;
  const services = [...new Set(boxes.flatMap(servicesOf))].join(', ');
  const ends = [...new Set(boxes.map(({ destinations }) => spansText(family, destinations)))].join(', ');
  yield {
    summary: `${words}: ${services} to ${ends}`,
    detail: '',
    at: [locusOf(scene, on.stack, rule), locusOf(scene, refusing.stack, shown.by)],
    witness: shown.witness,
    about: `${refusing.stack.node} ${on.stack.node} ${rule.table} ${rule.chain} ${services} ${ends}`,
  };
}

function isWithin(span: Span, outer: Span): boolean {
  return span.first >= outer.first && span.last <= outer.last;
}

/** The second sends the answers back through the first, so that nobody else has these sources. */
function comesOnlyBy(scene: Scene, { first, second, family }: Row, sources: readonly Span[]): boolean {
  const back = second.stack.routes.filter(
    (route) => route.family === family && route.table === 'main' && nextOf(scene, second, route)?.on === first,
  );
  const own = [...second.stack.interfaces.values()].flatMap(({ addresses }) =>
    addresses.map((each) => mustParseAddress(addressPart(each)).value),
  );
  return (
    sources.length > 0 &&
    sources.every(
      (span) =>
        !own.some((each) => each >= span.first && each <= span.last) &&
        back.some(({ to }) => {
          const prefix = mustParsePrefix(to);
          return prefix.length > 0 && isWithin(span, prefix);
        }),
    )
  );
}

interface Refused {
  readonly witness: Witness;
  readonly by: Locator;
}

/**
 * All packets of the box are surely refused by rules there; `null` where any may pass, or nobody can say.
 *
 * @param device where they come in; `null`: by whatever interface
 */
function refusedBy(scene: Scene, on: AuditedStack, device: string | null, box: Box, family: 4 | 6): Refused | null {
  try {
    const subject = subjectOf(on.stack);
    const layout = sharedLayout([subject], family, { spans: spansOf(box, family), nodes: NODES });
    const { diagrams } = layout;
    const sets = setsIn(layout, subject);
    const devices = device === null ? subject.facts.devices.filter((name) => name !== 'lo') : [device];
    const coming = diagrams.and(diagrams.union(devices.map((each) => sets.arriving(each))), inBox(layout, box));
    const ends = sets.endsOf(coming);
    const passing = ends.filter(
      ({ verdict }) => verdict === 'forwarded' || verdict === 'local' || verdict === 'unknown',
    );
    const refused: PacketSet = diagrams.union(
      ends.filter(({ verdict }) => verdict === 'dropped' || verdict === 'rejected').map(({ packets }) => packets),
    );
    if (passing.some(({ packets }) => packets !== NONE) || refused === NONE) return null;
    // What is translated to such destinations would come out as one of them.
    if (
      sets
        .endsOf(diagrams.union(devices.map((each) => sets.arriving(each))))
        .some(({ rewritten }) => rewritten.has(destinationOf(family)))
    )
      return null;
    const picked = pick(layout, refused, tellingOf(scene, on.stack, family).wishes(device ?? ''));
    if (picked === undefined) return null;
    const { verdict, by } = judge(subject.ruleset, stackOf(subject.facts), packetOf(picked), { state: 'new' });
    if ((verdict !== 'dropped' && verdict !== 'rejected') || by === null) return null;
    return { by, witness: witnessFrom(picked.tuple, `${on.stack.node} ${picked.device}`, null) };
  } catch (error) {
    if (error instanceof TooComplex) return null;
    throw error;
  }
}

function destinationOf(family: 4 | 6): FieldName {
  return family === 4 ? 'ip daddr' : 'ip6 daddr';
}

function spansOf({ destinations, sources, ports }: Box, family: 4 | 6): readonly (readonly [FieldName, Span])[] {
  const source: FieldName = family === 4 ? 'ip saddr' : 'ip6 saddr';
  return [
    ...destinations.map((span) => [destinationOf(family), span] as const),
    ...sources.map((span) => [source, span] as const),
    ...ports.map((span) => ['th dport', span] as const),
  ];
}
