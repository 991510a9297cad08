/**
 * Rulesets against the kernel: random rules are loaded, read back and judged, then hit with packets; what came out, with which
 * addresses, and which rule ended it (by its counter) has to be what was said.
 */
import { formatAddress, mustParseAddress } from '../../../server/core/address.ts';
import { addressField, familyOf, packetOf, portField } from '../../../server/reach/judge/packet.ts';
import type { Packet, Tuple } from '../../../server/reach/judge/packet.ts';
import type { Stack } from '../../../server/reach/judge/stack.ts';
import { judge } from '../../../server/reach/judge/walk.ts';
import type { Judgement } from '../../../server/reach/judge/walk.ts';
import type { Locator, Rule, Ruleset } from '../../../server/reach/rules/ruleset.ts';
import { chance } from '../../support/chance.ts';
import type { Chance } from '../../support/chance.ts';
import { knownOf } from '../../support/rules/packets.ts';
import { boundariesOf, randomPackets } from '../../support/rules/random-packets.ts';
import { LOCAL, openRouter } from '../../support/rules/router.ts';
import type { Router } from '../../support/rules/router.ts';
import type { Figures, Rig } from '../row.ts';

/** How the rules of a case come to the router, and back. */
export interface Rules {
  load(router: Router, from: Chance): Ruleset;
  /** As they are there now, with their counters. */
  read(router: Router): Ruleset;
}

const PACKETS = 120;

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
    return field === 'fib saddr . iif oif' || field === 'fib saddr . mark . iif oif' ? 0n : undefined;
  },
};

/** @param number of the packet, which it carries. */
export type Judge = (ruleset: Ruleset, tuple: Tuple, number: number) => Judgement;

export const asKernel: Judge = (ruleset, tuple, number) =>
  judge(ruleset, STACK, packetOf({ tuple, device: 'a0', known: knownOf(tuple, number) }), { state: 'new' });

export async function openRulings(rules: Rules, say: Judge = asKernel): Promise<Rig> {
  const router = await openRouter();
  return {
    one: (seed) => tryRuleset(router, rules, seed, say),
    close: () => {
      router.close();
      return Promise.resolve();
    },
  };
}

async function tryRuleset(router: Router, rules: Rules, seed: number, say: Judge): Promise<Figures> {
  const from = chance(seed);
  const ruleset = rules.load(router, from);
  if (ruleset.unknown.length > 0) throw new Error(`seed ${String(seed)}: not read: ${JSON.stringify(ruleset.unknown)}`);
  const tuples = randomPackets(from, boundariesOf(ruleset), PACKETS);
  const said = tuples.map((tuple, number) => say(ruleset, tuple, number));
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
    for (const what of miscounted(rules.read(router), said)) wrong.push({ number: -1, what });
  const [first] = wrong;
  if (first !== undefined) throw new Error(report(seed, first, tuples, said, rules.read(router)));
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
export function clashing(said: readonly Judgement[]): ReadonlySet<number> {
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
function miscounted(ruleset: Ruleset, said: readonly Judgement[]): readonly string[] {
  // What the stack itself answers goes through the rules too.
  if (said.some(({ verdict }) => verdict === 'rejected')) return [];
  const expected = new Map<string, number>();
  for (const { steps } of said)
    for (const { by } of steps) expected.set(placeOf(by), (expected.get(placeOf(by)) ?? 0) + 1);
  return allRules(ruleset).flatMap(({ at, statements, hits }) => {
    const last = statements.at(-1);
    const ends = last?.type === 'verdict' && ['accept', 'drop', 'reject'].includes(last.verdict.type);
    const want = expected.get(placeOf(at)) ?? 0;
    if (!ends || hits === undefined || hits.packets === want) return [];
    return [`${placeOf(at)} ended ${String(hits.packets)} packets, and ${String(want)} were said: ${at.text}`];
  });
}

function allRules({ tables }: Ruleset): readonly Rule[] {
  return tables.flatMap(({ chains }) => [...chains.values()].flatMap((chain) => chain.rules));
}

function placeOf({ family, table, chain, handle, line, text }: Locator): string {
  const place = line === undefined ? (handle === null ? text : String(handle)) : `${line.file} ${String(line.line)}`;
  return `${family} ${table} ${chain} ${place}`;
}

function report(
  seed: number,
  { number, what }: { readonly number: number; readonly what: string },
  tuples: readonly Tuple[],
  said: readonly Judgement[],
  ruleset: Ruleset,
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
  const rules = allRules(ruleset).map(({ at, hits }) => `${placeOf(at)}: ${at.text} (${String(hits?.packets)})`);
  return [`seed ${String(seed)}: ${what}`, `packet ${String(number)}: ${flow}`, ...steps, ...rules].join('\n');
}

// ---------------------------------------------------------------- planted faults

export const firstAcceptWins: Judge = (ruleset, tuple, number) => {
  const judgement = asKernel(ruleset, tuple, number);
  const accepted = judgement.steps.some(
    ({ verdict, by, hook }) => hook === 'forward' && verdict === 'accept' && by.handle !== null,
  );
  return accepted && judgement.verdict === 'dropped' ? { ...judgement, verdict: 'forwarded' } : judgement;
};

export const untranslated: Judge = (ruleset, tuple, number) => {
  const judgement = asKernel(ruleset, tuple, number);
  const packet: Packet = new Map([...judgement.packet, ...packetOf({ tuple, device: 'a0' })]);
  return { ...judgement, packet };
};
