/**
 * Rulesets against the kernel: random rules are loaded, read back and judged, then hit with packets; what came out, with which
 * addresses, and which rule ended it (by its counter) has to be what was said.
 */
import { formatAddress } from '../../../server/core/address.ts';
import { addressField, packetOf, portField } from '../../../server/reach/judge/packet.ts';
import type { Packet, Tuple } from '../../../server/reach/judge/packet.ts';
import type { Judgement } from '../../../server/reach/judge/walk.ts';
import type { Locator, Rule, Ruleset } from '../../../server/reach/rules/ruleset.ts';
import { chance } from '../../support/chance.ts';
import type { Chance } from '../../support/chance.ts';
import { boundariesOf, randomShots } from '../../support/rules/random-packets.ts';
import { openRouter } from '../../support/rules/router.ts';
import type { Router, Traced, TracedEnd } from '../../support/rules/router.ts';
import type { Figures, Rig } from '../row.ts';
import type { Crossed } from './exchange.ts';
import { exchange } from './exchange.ts';
import { asKernel } from './router-stack.ts';
import type { Judge } from './router-stack.ts';

/** How the rules of a case come to the router, and back. */
export interface Rules {
  load(router: Router, from: Chance): Ruleset;
  /** As they are there now, with their counters. */
  read(router: Router): Ruleset;
}

/** First ones of flows; answers and what follows them come on top. */
const PACKETS = 120;

export async function openRulings(rules: Rules, say: Judge = asKernel): Promise<Rig> {
  const router = await openRouter();
  return {
    one: (seed) => tryRuleset(router, rules, seed, say),
    close: () => router.close(),
  };
}

async function tryRuleset(router: Router, rules: Rules, seed: number, say: Judge): Promise<Figures> {
  const from = chance(seed);
  const ruleset = rules.load(router, from);
  if (ruleset.unknown.length > 0) throw new Error(`seed ${String(seed)}: not read: ${JSON.stringify(ruleset.unknown)}`);
  const shots = randomShots(from, boundariesOf(ruleset), PACKETS);
  await router.traced();
  const crossed = await exchange(router, ruleset, shots, say);
  const traced = await router.traced();
  // Rules of the older sort are not told of by the kernel one by one: their counters have to do.
  const tracing = !ruleset.tables.some(({ dialect }) => dialect === 'iptables-legacy');
  const wrong: Wrong[] = crossed.flatMap((each) => {
    if (each.clashes) return [];
    const { ends, kept } = traced.get(each.shot.number) ?? { ends: [], kept: false };
    const place = kept === (each.said.verdict === 'local') || each.said.verdict === 'unknown' ? [] : [keptText(kept)];
    const all = [...place, ...disagreement(each), ...(tracing ? misjudged(each.said, ends) : [])];
    return all.map((what) => ({ each, what }));
  });
  const said = crossed.map((each) => each.said);
  const sure = said.filter(isSure);
  if (sure.length === said.length) wrong.push(...miscounted(rules.read(router), crossed).map((what) => ({ what })));
  const [first] = wrong;
  if (first !== undefined) throw new Error(report(seed, first, traced, rules.read(router)));
  return figuresOf(crossed, tracing, sure.length === said.length);
}

const keptText = (kept: boolean): string => `the router ${kept ? 'kept' : 'did not keep'} it`;

interface Wrong {
  readonly each?: Crossed;
  readonly what: string;
}

function figuresOf(crossed: readonly Crossed[], tracing: boolean, isCounted: boolean): Figures {
  const count = (is: (each: Crossed) => boolean): number => crossed.filter(is).length;
  const being = (verdict: Judgement['verdict']): number => count(({ said }) => said.verdict === verdict);
  const compared = crossed.filter(({ said, clashes }) => !clashes && isSure(said));
  return {
    rulesets: 1,
    packets: crossed.length,
    'of these answers': count(({ connection }) => 'direction' in connection && connection.direction === 'reply'),
    'of these from the middle of flows': count(
      ({ connection }) => 'direction' in connection && connection.direction === 'original',
    ),
    'not to be said': being('unknown'),
    forwarded: being('forwarded'),
    'kept by the router': being('local'),
    dropped: being('dropped'),
    rejected: being('rejected'),
    'destination translated': count(({ said }) => isTranslated(said, 'destination')),
    'source translated': count(({ said }) => isTranslated(said, 'source')),
    'left out, as two flows became one': count(({ clashes }) => clashes),
    'deciding rules compared': tracing ? compared.reduce((sum, { said }) => sum + said.steps.length, 0) : 0,
    'rulesets with every counter compared': isCounted ? 1 : 0,
  };
}

function isSure({ verdict, doubts }: Judgement): boolean {
  return verdict !== 'unknown' && doubts.length === 0;
}

const STATUS = { source: 16n, destination: 32n } as const;

function isTranslated({ packet, verdict }: Judgement, side: 'source' | 'destination'): boolean {
  const status = packet.get('ct status');
  return verdict === 'forwarded' && typeof status === 'bigint' && (status & STATUS[side]) !== 0n;
}

function disagreement({ said, heard }: Crossed): readonly string[] {
  const { verdict, packet } = said;
  if (verdict === 'unknown') return [];
  if ((verdict === 'forwarded') !== (heard !== undefined))
    return [`said ${verdict}, and it was ${heard === undefined ? 'not heard' : 'heard'}`];
  if (heard === undefined) return [];
  if (said.device !== heard.device) return [`said to leave by ${String(said.device)}, and it left by ${heard.device}`];
  const { tuple } = heard;
  const { family } = tuple;
  const expected = [
    ['source', packet.get(addressField(family, 'source')), tuple.source],
    ['destination', packet.get(addressField(family, 'destination')), tuple.destination],
    ['source port', packet.get(portField('source')), tuple.sourcePort],
    ['destination port', packet.get(portField('destination')), tuple.destinationPort],
  ] as const;
  return expected
    .filter(([, value, found]) => typeof value === 'bigint' && found !== null && value !== found)
    .map(([what, value, found]) => `${what} said ${String(value)}, and it was ${String(found)}`);
}

/** Chain after chain: the rule or policy that ended the packet's way through it, and its verdict. */
function misjudged(said: Judgement, traced: readonly TracedEnd[]): readonly string[] {
  if (!isSure(said)) return [];
  const want = said.steps.map(({ by, verdict }) => {
    const ended = verdict === 'reject' ? 'drop' : verdict;
    return `${by.family} ${by.table} ${by.chain} ${by.handle === null ? 'policy' : String(by.handle)}: ${ended}`;
  });
  const got = traced.map(
    ({ family, table, chain, handle, verdict }) =>
      `${family} ${table} ${chain} ${handle === null ? 'policy' : String(handle)}: ${verdict}`,
  );
  const at = want.findIndex((each, index) => each !== got[index]);
  if (at === -1 && want.length === got.length) return [];
  const step = at === -1 ? want.length : at;
  return [
    `chain ${String(step + 1)} was said to end by ${want[step] ?? 'nothing'}, and it did by ${got[step] ?? 'nothing'}`,
  ];
}

/** Rules that end a packet's way through a chain, each with how often it was said to. */
function miscounted(ruleset: Ruleset, crossed: readonly Crossed[]): readonly string[] {
  // What the stack itself answers goes through the rules too: errors, and redirects to a better router (ip6_forward).
  const isAnswered = ({ said, shot }: Crossed): boolean => said.verdict === 'rejected' || said.device === shot.device;
  if (crossed.some((each) => each.clashes || isAnswered(each))) return [];
  const expected = new Map<string, number>();
  for (const { said } of crossed)
    for (const { by } of said.steps) expected.set(placeOf(by), (expected.get(placeOf(by)) ?? 0) + 1);
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

function report(seed: number, { each, what }: Wrong, traced: ReadonlyMap<number, Traced>, ruleset: Ruleset): string {
  const rules = allRules(ruleset).map(({ at, hits }) => `${placeOf(at)}: ${at.text} (${String(hits?.packets)})`);
  if (each === undefined) return [`seed ${String(seed)}: ${what}`, ...rules].join('\n');
  const { shot, connection, said } = each;
  const steps = said.steps.map(
    (step) => `${step.hook} ${step.table} ${step.chain}: ${step.verdict} by ${String(step.by.handle)} ${step.by.text}`,
  );
  const ends = (traced.get(shot.number)?.ends ?? []).map(
    ({ family, table, chain, handle, verdict }) =>
      `traced ${family} ${table} ${chain}: ${verdict} by ${String(handle)}`,
  );
  const packet = `packet ${String(shot.number)} (${connection.state}, flags ${String(shot.flags)}) by ${shot.device}: ${flowText(shot.tuple)}`;
  return [`seed ${String(seed)}: ${what}`, packet, ...steps, ...ends, ...rules].join('\n');
}

function flowText({ family, protocol, source, destination, sourcePort, destinationPort }: Tuple): string {
  const [from, to] = [formatAddress(family, source), formatAddress(family, destination)];
  return `${String(protocol)} ${from} ${String(sourcePort)} to ${to} ${String(destinationPort)}`;
}

// ---------------------------------------------------------------- planted faults

export const firstAcceptWins: Judge = (ruleset, shot, connection) => {
  const judgement = asKernel(ruleset, shot, connection);
  const accepted = judgement.steps.some(
    ({ verdict, by, hook }) => hook === 'forward' && verdict === 'accept' && by.handle !== null,
  );
  return accepted && judgement.verdict === 'dropped' ? { ...judgement, verdict: 'forwarded' } : judgement;
};

export const untranslated: Judge = (ruleset, shot, connection) => {
  const judgement = asKernel(ruleset, shot, connection);
  const packet: Packet = new Map([...judgement.packet, ...packetOf({ tuple: shot.tuple, device: shot.device })]);
  return { ...judgement, packet };
};

/** The right verdict, and the wrong rule named for it. */
export const ruleBefore: Judge = (ruleset, shot, connection) => {
  const judgement = asKernel(ruleset, shot, connection);
  const steps = judgement.steps.map((step) => {
    const { rules = [] } =
      ruleset.tables
        .find(({ family, name }) => family === step.by.family && name === step.by.table)
        ?.chains.get(step.by.chain) ?? {};
    const before = rules[rules.findIndex(({ at }) => at === step.by) - 1];
    return before === undefined ? step : { ...step, by: before.at };
  });
  return { ...judgement, steps };
};

/** Answers, and what follows them, judged as if nothing had come before. */
export const forgetful: Judge = (ruleset, shot, connection) =>
  asKernel(ruleset, shot, connection.state === 'established' ? { state: 'new' } : connection);
