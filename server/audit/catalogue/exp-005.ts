import { addressPart, formatAddress } from '../../core/address.ts';
import type { Judgement } from '../../reach/judge/walk.ts';
import { judge } from '../../reach/judge/walk.ts';
import { packetOf } from '../../reach/judge/packet.ts';
import type { Locator, Ruleset } from '../../reach/rules/ruleset.ts';
import type { Box } from '../../reach/sets/boxes.ts';
import { boxesOf, inBox, pick } from '../../reach/sets/boxes.ts';
import type { PacketSet } from '../../reach/sets/diagrams.ts';
import { NONE, TooComplex } from '../../reach/sets/diagrams.ts';
import { ordinary, ordinarySpans } from '../../reach/sets/difference.ts';
import { stackOf } from '../../reach/sets/facts.ts';
import { subjectOf } from '../../reach/sets/of-stack.ts';
import type { Layout } from '../../reach/sets/fields.ts';
import type { Subject as Sets } from '../../reach/sets/stack.ts';
import { setsIn, sharedLayout } from '../../reach/sets/stack.ts';
import { servicesOf } from '../../reach/changes/services.ts';
import type { NetworkStack } from '../../flow/world.ts';
import { isWide, tellingOf, wayOut, witnessFrom } from '../exposure.ts';
import type { AuditedStack, Scene } from '../scene.ts';
import { locusOf } from '../scene.ts';
import type { FindingRule } from './rule.ts';
import { FAMILIES, filtersAt, judged } from './chains.ts';

const NODES = 1_500_000;
const MOST_BOXES = 60;

/** `ufw deny` says one thing, and Docker does another. */
export const EXP_005: FindingRule = {
  id: 'EXP-005',
  name: 'Bypassed host firewall',
  severity: 'high',
  definition:
    'The internet reaches a guest or container behind a bridge of a host by a port of the host itself, though the rules at input of the same host refuse that port: it is translated (as Docker publishes ports) and passed on by rules that somebody else wrote, in another table or a chain of Docker, Podman, Kubernetes, libvirt or LXC.',
  fix: 'Publish the port on an address that only those reach who may (`127.0.0.1:5432:5432`), or refuse it where containers pass: in DOCKER-USER, or at forward.',
  standards: ['PCI DSS 4.0 1.2.1', 'NIST SP 800-53 SC-7'],
  *find({ scene, exposures }) {
    for (const on of judged({ scene })) {
      if (exposures.partly.has(on.stack.id)) continue;
      const told = new Set<string>();
      for (const family of FAMILIES) {
        if (filtersAt(on, 'input', family).length === 0) continue;
        for (const { box, device, witness, end, accepted, refused } of bypassing(scene, on, family)) {
          const services = servicesOf(box).join(', ');
          const about = `${on.stack.node} ${services} ${end}`;
          if (told.has(about)) continue;
          told.add(about);
          yield {
            summary: `${on.stack.node} refuses ${services} at input, and the internet reaches ${end} by it`,
            detail: `It is translated and leaves by ${device}, so that the rules at input never see it.`,
            at: [accepted, refused].flatMap((each) => (each === null ? [] : [locusOf(scene, on.stack, each)])),
            witness,
            about,
          };
        }
      }
    }
  },
};

interface Bypass {
  readonly box: Box;
  readonly device: string;
  readonly witness: ReturnType<typeof witnessFrom>;
  readonly end: string;
  readonly accepted: Locator | null;
  readonly refused: Locator;
}

/** What is passed on to a bridge, and would be refused at input if nothing translated it. */
function bypassing(scene: Scene, on: AuditedStack, family: 4 | 6): readonly Bypass[] {
  const { stack } = on;
  const outside = wayOut(stack, family);
  if (outside === null) return [];
  const real = subjectOf(stack);
  const plain: Sets = { ...real, ruleset: withoutNat(real.ruleset) };
  try {
    const layout = sharedLayout([real, plain], family, { spans: ordinarySpans(family), nodes: NODES });
    const { diagrams } = layout;
    const [sets, plainSets] = [setsIn(layout, real), setsIn(layout, plain)];
    const coming = diagrams.and(sets.arriving(outside), ordinary(layout));
    const untranslated = plainSets.endsOf(coming);
    const ended = (...verdicts: readonly string[]): PacketSet =>
      diagrams.union(untranslated.filter(({ verdict }) => verdicts.includes(verdict)).map(({ packets }) => packets));
    const refused = diagrams.minus(ended('dropped', 'rejected'), ended('local', 'forwarded', 'unknown'));
    const word = family === 4 ? 'ip daddr' : 'ip6 daddr';
    return sets
      .endsOf(coming)
      .filter(
        ({ verdict, device, rewritten }) => verdict === 'forwarded' && isBridge(stack, device) && rewritten.has(word),
      )
      .flatMap(({ packets }) => told({ scene, on, real, plain, layout, outside }, diagrams.and(packets, refused)));
  } catch (error) {
    if (error instanceof TooComplex) return [];
    throw error;
  }
}

interface Telling {
  readonly scene: Scene;
  readonly on: AuditedStack;
  readonly real: Sets;
  readonly plain: Sets;
  readonly layout: Layout;
  readonly outside: string;
}

function told({ scene, on, real, plain, layout, outside }: Telling, packets: PacketSet): readonly Bypass[] {
  if (packets === NONE) return [];
  const { family, diagrams } = layout;
  return boxesOf(layout, packets, MOST_BOXES).list.flatMap((box): readonly Bypass[] => {
    if (!isWide(family, box.sources)) return [];
    const wishes = tellingOf(scene, on.stack, family).wishes(outside);
    const picked = pick(layout, diagrams.and(packets, inBox(layout, box)), wishes);
    if (picked === undefined) return [];
    const [passes, stops] = [real, plain].map(({ ruleset, facts }) =>
      judge(ruleset, stackOf(facts), packetOf(picked), { state: 'new' }),
    );
    if (passes?.verdict !== 'forwarded' || stops === undefined) return [];
    const refused = refusedAtInput(stops);
    const accepted = passes.steps.findLast(({ hook }) => hook === 'forward')?.by ?? null;
    if (refused === null || accepted === null || isSameHand(accepted, refused) || isFromFile(scene, accepted))
      return [];
    const end = endOf(scene, passes, family);
    return [
      {
        ...{ box, end, accepted, refused, device: passes.device ?? '' },
        witness: witnessFrom(picked.tuple, 'internet', end),
      },
    ];
  });
}

function withoutNat({ tables, unknown }: Ruleset): Ruleset {
  return {
    unknown,
    tables: tables.map((table) => ({
      ...table,
      chains: new Map([...table.chains].filter(([, { base }]) => base?.type !== 'nat')),
    })),
  };
}

/** Guests and containers of this very machine: behind a router's port are others. */
function isBridge({ interfaces }: NetworkStack, device: string | null): boolean {
  return device !== null && interfaces.get(device)?.form.type === 'bridge';
}

function refusedAtInput({ verdict, by, steps }: Judgement): Locator | null {
  if ((verdict !== 'dropped' && verdict !== 'rejected') || by === null) return null;
  return steps.some((each) => each.hook === 'input' && each.by === by) ? by : null;
}

/** Chains that programs write which run guests and containers. */
const OF_PROGRAMS = /^(DOCKER|NETAVARK|CNI-|KUBE-|cali-|LIBVIRT_|guest_|lxd?_|incus)/i;

/** Who wrote a rule: a program, or whoever writes the table. */
function handOf({ family, table, chain }: Locator): string {
  const program = OF_PROGRAMS.exec(chain)?.[1] ?? OF_PROGRAMS.exec(table)?.[1];
  return program?.toUpperCase() ?? `${family} ${table}`;
}

function isSameHand(one: Locator, other: Locator): boolean {
  return handOf(one) === handOf(other);
}

function isFromFile(scene: Scene, at: Locator): boolean {
  return scene.placeOf(at) !== null;
}

function endOf({ owners }: Scene, { packet }: Judgement, family: 4 | 6): string {
  const value = packet.get(family === 4 ? 'ip daddr' : 'ip6 daddr');
  const port = packet.get('th dport');
  const address = typeof value === 'bigint' ? formatAddress(family, value) : 'a guest';
  const [owner] = owners.get(addressPart(address)) ?? [];
  const name = owner === undefined ? address : `${owner.stack.node} ${address}`;
  return typeof port === 'bigint' ? `${name}:${String(port)}` : name;
}
