/**
 * The row of single rulesets: random rules are loaded, read back and judged, then hit with packets; what came out, with which
 * addresses, and which rule ended it (by its counter) has to be what was said.
 */
import { formatAddress, mustParseAddress } from '../../server/core/address.ts';
import type { Json } from '../../server/core/json.ts';
import { addressField, familyOf, packetOf, portField } from '../../server/reach/judge/packet.ts';
import type { Packet, Tuple } from '../../server/reach/judge/packet.ts';
import type { Stack } from '../../server/reach/judge/stack.ts';
import { judge } from '../../server/reach/judge/walk.ts';
import type { Judgement } from '../../server/reach/judge/walk.ts';
import { readRuleset } from '../../server/reach/rules/read.ts';
import type { Locator, Ruleset } from '../../server/reach/rules/ruleset.ts';
import { chance } from '../support/chance.ts';
import { boundariesOf, randomPackets } from '../support/rules/random-packets.ts';
import { randomRuleset } from '../support/rules/random-rules.ts';
import { LOCAL, openRouter } from '../support/rules/router.ts';
import type { Router } from '../support/rules/router.ts';
import type { Figures, Rig, TortureRow } from './row.ts';

const PACKETS = 120;

type Listed = Readonly<Record<string, Json>>;

const localOf = (family: 4 | 6): readonly bigint[] => LOCAL[family].map((text) => mustParseAddress(text).value);

/** All that is not the router's own leaves by `b0`. */
export const STACK: Stack = {
  route(packet) {
    const to = packet.get(addressField(familyOf(packet), 'destination'));
    if (typeof to !== 'bigint') return { type: 'unknown', why: 'the destination is not known' };
    return localOf(familyOf(packet)).includes(to) ? { type: 'local' } : { type: 'out', device: 'b0' };
  },
  address: (device, packet) => localOf(familyOf(packet))[device === 'a0' ? 0 : 1] ?? null,
  fib(field, packet) {
    const to = packet.get(addressField(familyOf(packet), 'destination'));
    if (field === 'fib daddr type')
      return typeof to !== 'bigint' ? undefined : localOf(familyOf(packet)).includes(to) ? 2n : 1n;
    // Everybody is behind `b0`, and comes in by `a0`.
    return field === 'fib saddr . iif oif' ? 0n : undefined;
  },
};

type Judge = (ruleset: Ruleset, tuple: Tuple) => Judgement;

const asKernel: Judge = (ruleset, tuple) => judge(ruleset, STACK, packetOf({ tuple, device: 'a0' }), { state: 'new' });

async function open(
  say: Judge = asKernel,
  alter: (listing: readonly Listed[]) => readonly Listed[] = (same) => same,
): Promise<Rig> {
  const router = await openRouter();
  return {
    one: (seed) => tryRuleset(router, seed, say, alter),
    close: () => {
      router.close();
      return Promise.resolve();
    },
  };
}

async function tryRuleset(
  router: Router,
  seed: number,
  say: Judge,
  alter: (listing: readonly Listed[]) => readonly Listed[],
): Promise<Figures> {
  const from = chance(seed);
  const ruleset = readRuleset(alter(router.load(randomRuleset(from))));
  const tuples = randomPackets(from, boundariesOf(ruleset), PACKETS);
  const said = tuples.map((tuple) => say(ruleset, tuple));
  const heard = await router.send(tuples);
  const alike = clashing(said);
  const wrong = said.flatMap((each, number) =>
    alike.has(number) ? [] : disagreement(each, heard.get(number)).map((what) => ({ number, what })),
  );
  const sure = said.filter(({ verdict, doubts }) => verdict !== 'unknown' && doubts.length === 0);
  const kept = router.received();
  const local = said.filter(({ verdict }) => verdict === 'local').length;
  if (sure.length === said.length && kept !== local)
    wrong.push({ number: -1, what: `the router kept ${String(kept)} packets, and ${String(local)} were to be kept` });
  if (sure.length === said.length)
    for (const what of miscounted(router.listing(), said)) wrong.push({ number: -1, what });
  const [first] = wrong;
  if (first !== undefined) throw new Error(report(seed, first, tuples, said, router.listing()));
  return {
    rulesets: 1,
    packets: tuples.length,
    'packets not to be said': said.filter(({ verdict }) => verdict === 'unknown').length,
    delivered: heard.size,
    dropped: said.filter(({ verdict }) => verdict === 'dropped').length,
    translated: said.filter((each, number) => each.verdict === 'forwarded' && isTranslated(each, tuples[number]))
      .length,
    'rulesets with every counter compared': sure.length === said.length ? 1 : 0,
  };
}

/** Two flows that translations make one: the kernel gives the second one another port, or drops it where it may not. */
function clashing(said: readonly Judgement[]): ReadonlySet<number> {
  const seen = new Set<string>();
  const found = new Set<number>();
  said.forEach(({ packet, verdict }, number) => {
    if (verdict !== 'forwarded') return;
    const family = familyOf(packet);
    const fields = [
      addressField(family, 'source'),
      addressField(family, 'destination'),
      portField('source'),
      portField('destination'),
    ];
    const key = ['l4proto' as const, ...fields].map((field) => String(packet.get(field))).join(' ');
    if (seen.has(key)) found.add(number);
    seen.add(key);
  });
  return found;
}

function isTranslated({ packet }: Judgement, tuple: Tuple | undefined): boolean {
  const family = familyOf(packet);
  return (
    packet.get(addressField(family, 'source')) !== tuple?.source ||
    packet.get(addressField(family, 'destination')) !== tuple?.destination
  );
}

function disagreement({ verdict, packet }: Judgement, heard: Tuple | undefined): readonly string[] {
  if (verdict === 'unknown') return [];
  if ((verdict === 'forwarded') !== (heard !== undefined))
    return [`said ${verdict}, and it was ${heard === undefined ? 'not heard' : 'heard'}`];
  if (heard === undefined) return [];
  const { family } = heard;
  const expected = [
    ['source', packet.get(addressField(family, 'source')), heard.source],
    ['destination', packet.get(addressField(family, 'destination')), heard.destination],
    ['source port', packet.get(portField('source')), heard.sourcePort],
    ['destination port', packet.get(portField('destination')), heard.destinationPort],
  ] as const;
  return expected
    .filter(([, said, found]) => typeof said === 'bigint' && found !== null && said !== found)
    .map(([what, said, found]) => `${what} said ${String(said)}, and it was ${String(found)}`);
}

/** Rules that end a packet's way through a chain, each with how often it was said to. */
function miscounted(listing: readonly Listed[], said: readonly Judgement[]): readonly string[] {
  const expected = new Map<string, number>();
  const keyOf = (at: Pick<Locator, 'family' | 'table' | 'handle'>): string =>
    `${at.family} ${at.table} ${String(at.handle)}`;
  for (const { steps } of said) {
    for (const { by } of steps) expected.set(keyOf(by), (expected.get(keyOf(by)) ?? 0) + 1);
  }
  // What the stack itself says, it says through these.
  const answers = said.some(({ verdict }) => verdict === 'rejected') ? ['output', 'postrouting'] : [];
  return listing.flatMap((object) => {
    const rule = object['rule'] as (ListedRule & { readonly expr: readonly Listed[] }) | undefined;
    const last = rule?.expr.at(-1);
    if (rule === undefined || last === undefined || answers.length > 0) return [];
    const ends = ['accept', 'drop', 'reject'].some((word) => word in last);
    const counter = rule.expr.find((each) => 'counter' in each)?.['counter'] as
      { readonly packets: number } | undefined;
    const want = expected.get(keyOf(rule)) ?? 0;
    if (!ends || counter === undefined || counter.packets === want) return [];
    return [
      `rule ${String(rule.handle)} of ${rule.chain} ended ${String(counter.packets)} packets, and ${String(want)} were said`,
    ];
  });
}

interface ListedRule {
  readonly family: Locator['family'];
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
}

function report(
  seed: number,
  { number, what }: { readonly number: number; readonly what: string },
  tuples: readonly Tuple[],
  said: readonly Judgement[],
  listing: readonly Listed[],
): string {
  const tuple = tuples[number];
  const judgement = said[number];
  const flow =
    tuple === undefined
      ? ''
      : `${String(tuple.protocol)} ${formatAddress(tuple.family, tuple.source)} ${String(tuple.sourcePort)} to ${formatAddress(tuple.family, tuple.destination)} ${String(tuple.destinationPort)}`;
  const steps = (judgement?.steps ?? []).map(
    (step) => `${step.hook} ${step.table} ${step.chain}: ${step.verdict} by ${String(step.by.handle)} ${step.by.text}`,
  );
  const rules = listing.map((each) => JSON.stringify(each));
  return [`seed ${String(seed)}: ${what}`, `packet ${String(number)}: ${flow}`, ...steps, ...rules].join('\n');
}

export const rules: TortureRow = {
  invariant: 'R1',
  promise: 'what is said of a packet and a ruleset is what the kernel does',
  unit: 'rulesets of 120 packets',
  target: 1000,
  inCi: 30,
  open: () => open(),
  mutants: [
    {
      name: 'a negated match that holds for what is not there',
      within: 40,
      open: () => open(asKernel, withoutNeeds),
    },
    { name: 'a verdict that ends all chains', within: 40, open: () => open(firstAcceptWins) },
    { name: 'translations that are forgotten', within: 40, open: () => open(untranslated) },
  ],
};

/** As the listing shows it: `tcp dport != 22` without its protocol. */
function withoutNeeds(listing: readonly Listed[]): readonly Listed[] {
  const text = JSON.stringify(listing).replaceAll(
    '{"protocol":"tcp","field":"dport"}',
    '{"protocol":"th","field":"dport"}',
  );
  return JSON.parse(text) as readonly Listed[];
}

const firstAcceptWins: Judge = (ruleset, tuple) => {
  const judgement = asKernel(ruleset, tuple);
  const accepted = judgement.steps.some(
    ({ verdict, by, hook }) => hook === 'forward' && verdict === 'accept' && by.handle !== null,
  );
  return accepted && judgement.verdict === 'dropped' ? { ...judgement, verdict: 'forwarded' } : judgement;
};

const untranslated: Judge = (ruleset, tuple) => {
  const judgement = asKernel(ruleset, tuple);
  const packet: Packet = new Map([...judgement.packet, ...packetOf({ tuple, device: 'a0' })]);
  return { ...judgement, packet };
};
