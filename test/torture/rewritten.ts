/**
 * The row of rulesets that are changed: said in another way, nothing may become of packets but what became of them before; with
 * one rule less or with another verdict, the difference that is told has a packet for each of its parts, and the kernel does
 * something else with it; where none is told, with none.
 */
import { readRuleset } from '../../server/reach/rules/read.ts';
import type { Ruleset } from '../../server/reach/rules/ruleset.ts';
import { packetOf } from '../../server/reach/judge/packet.ts';
import { differenceOf } from '../../server/reach/sets/difference.ts';
import type { StackDifference } from '../../server/reach/sets/difference.ts';
import { stackSets } from '../../server/reach/sets/stack.ts';
import { chance } from '../support/chance.ts';
import type { Heard, Shot } from '../support/rules/packets.ts';
import { boundariesOf, firstConnection, randomPackets } from '../support/rules/random-packets.ts';
import { randomRuleset } from '../support/rules/random-rules.ts';
import { isOwn, openRouter, PORTS } from '../support/rules/router.ts';
import type { Port, Router } from '../support/rules/router.ts';
import type { Figures, Rig, TortureRow } from './row.ts';
import { clashing } from './support/exchange.ts';
import { REWRITINGS } from './support/rewritten.ts';
import type { Rewriting } from './support/rewritten.ts';
import { FACTS, asKernel, likely } from './support/router-stack.ts';

const PACKETS = 100;
const MOST_WITNESSES = 20;
const FIRST_WITNESS = 500;

type Rewrite = (rewriting: Rewriting) => Rewriting;
type Tell = (list: readonly StackDifference[]) => readonly StackDifference[];

async function open(alter: Rewrite = (same) => same, tell: Tell = (list) => list): Promise<Rig> {
  const router = await openRouter();
  return {
    one: (seed) => tryRewriting(router, seed, alter, tell),
    close: () => router.close(),
  };
}

async function tryRewriting(router: Router, seed: number, alter: Rewrite, tell: Tell): Promise<Figures> {
  const from = chance(seed);
  // Not every ruleset has something that can be rewritten so.
  const rewriting = alter(from.pick(REWRITINGS));
  for (;;) {
    const text = randomRuleset(from);
    const lines = rewriting.change(text.split('\n'), from);
    if (lines !== null) return compare(router, seed, rewriting, [text, lines.join('\n')], tell);
  }
}

async function compare(
  router: Router,
  seed: number,
  { name, same }: Rewriting,
  texts: readonly [string, string],
  tell: Tell,
): Promise<Figures> {
  const from = chance(seed + 1_000_000);
  const fail = (what: string): never => {
    throw new Error(`seed ${String(seed)}, ${name}: ${what}\n${texts.join('\n---\n')}`);
  };
  const before = readRuleset(router.load(texts[0]));
  const after = readRuleset(router.load(texts[1]));
  const told = tell(([4, 6] as const).flatMap((family) => differences(before, after, family)));
  const witnesses = shotsOf(told);
  const flows = randomPackets(from, boundariesOf(before), PACKETS);
  const shots: readonly Shot[] = flows.map((tuple, index) => ({
    ...{ tuple, device: PORTS[index % PORTS.length] ?? 'a0', number: index + 1 },
  }));
  const did = { before: await answers(router, texts[0], shots), after: await answers(router, texts[1], shots) };
  const left = new Set([...unclear(before, shots), ...unclear(after, shots)]);
  const moving = shots.filter(({ number }) => did.before(number) !== did.after(number) && !left.has(number));
  // A bit in the middle of an address is more than sets tell apart: what they leave open they do not compare.
  const open = moving.filter((shot) => isOpen(before, shot) || isOpen(after, shot));
  const changed = moving.filter((shot) => !open.includes(shot));
  const sure = told.filter((each) => each.sure);
  const [first] = sure;
  if (same && first !== undefined) fail(`said to change: ${witnessText(first)}`);
  const [moved] = changed;
  if (moved !== undefined && (same || told.length === 0))
    fail(`packet ${String(moved.number)} changed from ${did.before(moved.number)} to ${did.after(moved.number)}`);
  const tried = {
    before: await answers(router, texts[0], witnesses, true),
    after: await answers(router, texts[1], witnesses, true),
  };
  for (const [index, shot] of witnesses.entries()) {
    const [was, is] = [tried.before(shot.number), tried.after(shot.number)];
    // Which of its own addresses or ports the router takes for itself nobody can see from outside.
    if (was === 'kept' && is === 'kept') continue;
    if (was === is && told[shot.number - FIRST_WITNESS]?.sure === true)
      fail(
        `witness ${String(index)} was said to change and was ${was} both times: ${witnessText(told[shot.number - FIRST_WITNESS])}`,
      );
  }
  return {
    rulesets: 2,
    packets: 2 * (shots.length + witnesses.length),
    [name]: 1,
    'differences told': told.length,
    'differences of which a packet was sent': witnesses.length,
    'not sure': told.length - sure.length,
    'packets that changed': changed.length,
    'packets that changed where sets leave it open': open.length,
  };
}

function differences(before: Ruleset, after: Ruleset, family: 4 | 6): readonly StackDifference[] {
  const options = { wishes: () => likely(family), mostBoxes: 3, mostTold: MOST_WITNESSES };
  return differenceOf({ ruleset: before, facts: FACTS }, { ruleset: after, facts: FACTS }, family, options).list;
}

function isOpen(ruleset: Ruleset, { tuple, device }: Shot): boolean {
  const sets = stackSets(ruleset, FACTS, tuple.family);
  const ends = sets.endsOf(sets.arriving(device)).filter(({ packets }) => sets.holds(packets, tuple, device));
  return ends.length !== 1 || ends.some(({ verdict }) => verdict === 'unknown');
}

const isPort = (device: string): device is Port => (PORTS as readonly string[]).includes(device);

/** Of what can be sent. */
function shotsOf(told: readonly StackDifference[]): readonly Shot[] {
  return told.flatMap(({ witness: { tuple, device } }, index): readonly Shot[] => {
    const { family, source, destination, sourcePort, destinationPort, icmp } = tuple;
    const shot = { tuple, device: isPort(device) ? device : 'a0', number: FIRST_WITNESS + index } as const;
    const odd =
      isOwn(family, source) || sourcePort === 0n || destinationPort === 0n || source === destination || icmp?.id === 0n;
    return odd || firstConnection(shot).state !== 'new' ? [] : [shot];
  });
}

/** What became of each packet, by number, under rules that are loaded for it. */
async function answers(
  router: Router,
  text: string,
  shots: readonly Shot[],
  apart = false,
): Promise<(number: number) => string> {
  router.load(text);
  await router.traced();
  // Those that have nothing to do with each other go together, the others one by one, each as the first of all flows.
  const groups = apart ? shots.map((shot) => [shot]) : [shots];
  const heard = new Map<number, Heard>();
  for (const group of groups) {
    if (apart) router.attempt(['conntrack', '-F']);
    for (const [number, found] of await router.send(group)) heard.set(number, found);
  }
  const traced = await router.traced();
  return (number) => {
    const found = heard.get(number);
    if (found === undefined) return traced.get(number)?.kept === true ? 'kept' : 'gone';
    const { source, destination, sourcePort, destinationPort } = found.tuple;
    return [found.device, source, destination, sourcePort, destinationPort].map(String).join(' ');
  };
}

/** Numbers of packets of which nobody can say what becomes of them, or that become one flow with another. */
function unclear(ruleset: Ruleset, shots: readonly Shot[]): ReadonlySet<number> {
  const said = shots.map((shot) => asKernel(ruleset, shot, firstConnection(shot)));
  const alike = clashing(said);
  const open = said.map(({ verdict, packet }) => {
    const changes = [...packet].some(([field, value]) => / [ds](addr|port)$/.test(field) && typeof value === 'symbol');
    return verdict === 'unknown' || changes;
  });
  return new Set(shots.flatMap(({ number }, index) => (alike.has(index) || open[index] === true ? [number] : [])));
}

function witnessText(told: StackDifference | undefined): string {
  if (told === undefined) return 'none';
  const { direction, witness, before, after } = told;
  const packet = packetOf({ tuple: witness.tuple, device: witness.device });
  const fields = [...packet].map(([field, value]) => `${field}=${String(value)}`).join(' ');
  return `${direction}: ${fields}: ${before?.verdict ?? 'none'}, then ${after?.verdict ?? 'none'}`;
}

export const rewritten: TortureRow = {
  invariant: 'R4',
  promise:
    'rules said in another way mean the same, and a rule that is gone or turned changes what is said where it changes what happens',
  unit: 'pairs of rulesets with 100 packets and a witness of each difference',
  target: 500,
  inCi: 6,
  open: () => open(),
  mutants: [
    {
      name: 'a rule that is lost while another is rewritten',
      within: 60,
      open: () =>
        open((rewriting) => ({
          ...rewriting,
          change: (lines, from) => dropHalf(rewriting.change(lines, from)),
          same: true,
        })),
    },
    { name: 'a difference that is not told', within: 60, open: () => open(undefined, () => []) },
    {
      name: 'a difference told where nothing changes',
      within: 60,
      open: () =>
        open(undefined, (list) =>
          list.map((each) => ({
            ...each,
            witness: {
              ...each.witness,
              tuple: { ...each.witness.tuple, protocol: 47n, sourcePort: null, destinationPort: null },
            },
          })),
        ),
    },
  ],
};

function dropHalf(lines: readonly string[] | null): readonly string[] | null {
  return lines === null ? null : lines.filter((line, index) => !line.startsWith('add rule ') || index % 2 === 0);
}
