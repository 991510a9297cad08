import type { Expectation, PolicyEntry, Service } from '../../flow/model.ts';
import { judgeProbe } from '../../reach/expectations.ts';
import type { Probe } from '../../flow/probe.ts';
import type { Scene } from '../scene.ts';
import type { Locus, Witness } from '../finding.ts';
import { aboutOf, detailOf, flowText, rulesOf, witnessOf } from './difference-words.ts';
import { locusOf } from '../scene.ts';
import type { End, Step } from './pivots.ts';
import { pivotBetween, stepText, witnessOfStep } from './pivots.ts';
import { addressPart, prefixContains } from '../../core/address.ts';
import type { Found, FindingRule, Subject } from './rule.ts';

/** What is kept apart must stay apart. */
export const EXP_008: FindingRule = {
  id: 'EXP-008',
  name: 'Segmentation breach',
  severity: 'high',
  definition:
    'Hosts as they were found pass on from one network to another what no policy of the file connects; or an `expect` that denies does not hold (high). Or what a `deny: any` keeps apart is reached by one step more: a guest that is neither of the two can be reached from the one, and reaches the other (medium).',
  fix: 'Directly: see who put the rule there, and apply the file. By a guest between: let it reach only what it needs, or let fewer reach it; where it is meant to stand between, accept the finding with that reason.',
  standards: ['PCI DSS 4.0 11.4.5', 'NIST SP 800-53 SC-7(21)'],
  *find(subject) {
    yield* beyondPolicy(subject);
    const broken = new Set<string>();
    for (const { probe, found } of brokenDenials(subject.scene)) {
      if (broken.has(probe.expectation.id)) continue;
      broken.add(probe.expectation.id);
      yield found;
    }
    yield* pivots(subject.scene, broken);
  },
};

/** What comes in from outside is another finding; so is what a gateway itself takes. */
function* beyondPolicy({ scene, differences }: Subject): Iterable<Found> {
  for (const each of differences.fromWanted) {
    const {
      outside,
      exposures: [{ on, to }],
    } = each;
    if (outside || to === null) continue;
    yield {
      summary: `${on.stack.node} passes on what no policy connects: ${flowText(each)}`,
      detail: detailOf(each),
      at: rulesOf(scene, each),
      witness: witnessOf(each),
      about: aboutOf(each),
    };
  }
}

function* brokenDenials(scene: Scene): Iterable<{ readonly probe: Probe; readonly found: Found }> {
  for (const probe of scene.probes) {
    if (probe.want !== 'deny' || probe.without !== null || probe.forcedVia !== null) continue;
    const { outcome, reach, why } = judgeProbe(probe, scene.world);
    if (outcome !== 'failed') continue;
    const { expectation, from, to, protocol, port } = probe;
    const rule = reach.there.hops.findLast(({ action }) => action === 'accepts');
    const stack = rule === undefined ? undefined : scene.world.stacks.get(rule.stack);
    const witness: Witness = {
      ...{ from: from.node, source: from.address, destination: to.address, protocol },
      ...{ sourcePort: null, destinationPort: port, ends: null },
    };
    yield {
      probe,
      found: {
        summary: `What is denied is reached: ${expectation.text}`,
        detail: why === null ? '' : `${from.node} sends, and ${why}.`,
        at: [
          lineOf(expectation),
          ...(rule?.rule?.type === 'rule' && stack !== undefined ? [locusOf(scene, stack, rule.rule)] : []),
        ],
        witness,
        about: `expect ${expectation.text}`,
      },
    };
  }
}

function lineOf({ place, text }: Expectation | PolicyEntry): Locus {
  return { stack: null, object: null, text, place };
}

interface Statement {
  readonly entry: Expectation | PolicyEntry;
  readonly from: readonly End[];
  readonly to: readonly End[];
}

function* pivots(scene: Scene, broken: ReadonlySet<string>): Iterable<Found> {
  const told = new Set<string>();
  for (const { entry, from, to } of statements(scene)) {
    if (broken.has(entry.id)) continue;
    const path = pivotBetween(scene, from, to);
    if (path === null) continue;
    const [first, second] = path;
    const about = `${first.from.node} -> ${first.to.node} -> ${second.to.node}`;
    if (told.has(about)) continue;
    told.add(about);
    yield {
      severity: 'medium',
      summary: `${first.from.node} is kept from ${second.to.node}, and reaches it by ${first.to.node}: ${entry.text}`,
      detail: [first, second].map(stepText).join('\n'),
      at: [lineOf(entry), ...path.flatMap((step) => ruleOf(scene, step))],
      witness: witnessOfStep(second),
      about,
    };
  }
}

/** The last rule that lets a step pass. */
function ruleOf(scene: Scene, { reach }: Step): readonly Locus[] {
  const hop = reach.there.hops.findLast(({ action }) => action === 'accepts');
  const stack = hop === undefined ? undefined : scene.world.stacks.get(hop.stack);
  return hop?.rule?.type === 'rule' && stack !== undefined ? [locusOf(scene, stack, hop.rule)] : [];
}

/** Those that deny everything between nodes inside: what the internet reaches by a published guest is why it is published. */
function statements({ model, probes }: Scene): readonly Statement[] {
  if (model === null) return [];
  const denied = Map.groupBy(
    probes.filter(
      ({ want, without, expectation: { services } }) => want === 'deny' && without === null && isAny(services),
    ),
    ({ expectation }) => expectation,
  );
  const expected = [...denied].map(([entry, list]): Statement => ({
    entry,
    from: ends(list.filter(({ from }) => from.node !== 'internet').map(({ from }) => from)),
    to: ends(list.flatMap(({ to: { node, address } }) => (node === null ? [] : [{ node, address }]))),
  }));
  const guests = [...model.guests.values()].flatMap(({ name, nics }) =>
    nics.flatMap(({ network, addresses }) =>
      addresses.map((each) => ({ node: name, network, address: addressPart(each) })),
    ),
  );
  const inZones = (zones: PolicyEntry['from']): readonly End[] =>
    ends(
      guests.filter(({ network, address }) =>
        zones.some(
          (zone) =>
            !zone.internet &&
            zone.network === network &&
            zone.prefixes?.some((each) => prefixContains(each, address)) === true,
        ),
      ),
    );
  const written = model.policy
    .filter(({ verdict, services }) => verdict === 'deny' && isAny(services))
    .map((entry): Statement => ({ entry, from: inZones(entry.from), to: inZones(entry.to) }));
  return [...expected, ...written].filter(({ from, to }) => from.length > 0 && to.length > 0);
}

function isAny(services: readonly Service[]): boolean {
  return services.some(({ protocol }) => protocol === 'any');
}

function ends(list: readonly End[]): readonly End[] {
  return [...new Map(list.map(({ node, address }) => [`${node} ${address}`, { node, address }])).values()];
}
