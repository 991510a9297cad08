/**
 * What it costs to judge rulesets as sets of packets: 100 hosts of 100 rules, one question, one host changed, one ruleset of 5,000
 * rules, 10,000 port mappings in the ledger; and how that grows (`PARTS="map docker"` measures some of it). Rules are random, of the shape that firewalls have: sources and destinations of any length of prefix,
 * ports and ranges, a third of them in chains that are jumped to. A listing is read once, and then judged.
 */
import { audit } from '../../server/audit/audit.ts';
import { exposuresOf } from '../../server/audit/exposure.ts';
import { withHairpins } from '../../server/audit/mappings/hairpin.ts';
import { ledgerOf } from '../../server/audit/mappings/ledger.ts';
import { withUsers } from '../../server/audit/mappings/users.ts';
import type { Scene } from '../../server/audit/scene.ts';
import type { Json } from '../../server/core/json.ts';
import type { Tuple } from '../../server/reach/judge/packet.ts';
import { readRuleset } from '../../server/reach/rules/read.ts';
import type { Ruleset } from '../../server/reach/rules/ruleset.ts';
import { differenceOf } from '../../server/reach/sets/difference.ts';
import type { Facts } from '../../server/reach/sets/facts.ts';
import { ANYWHERE } from '../../server/reach/sets/facts.ts';
import type { End } from '../../server/reach/sets/flow.ts';
import type { StackSets } from '../../server/reach/sets/stack.ts';
import { stackSets } from '../../server/reach/sets/stack.ts';
import { asDocker, asWanted, ruleByRule, topology, withRules } from './audit-scenes.ts';
import { show, spread } from './pairs.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 5);

type Listed = Readonly<Record<string, Json>>;

/** Mulberry32. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const DEVICES = ['lo', 'wan', 'lan', 'dmz', 'db', 'mgmt'];

/**
 * @param pools how many sources, destinations and services there are to choose from, as in rulesets that grew over years: few
 * groups of sources, many servers; without it every rule has some of its own.
 */
function listing(
  rules: number,
  seed: number,
  pools?: { readonly sources: number; readonly servers: number; readonly services: number },
): readonly Listed[] {
  const upTo = numbers(seed);
  const at = { family: 'inet', table: 'filter' };
  const calls = Array.from({ length: Math.ceil(rules / 60) }, (_, index) => `part-${String(index)}`);
  const chain = (name: string, base: Readonly<Record<string, Json>> = {}): Listed => ({
    chain: { ...at, name, ...base },
  });
  const prefix = (): Json => {
    const len = [16, 24, 24, 28, 32, 32][upTo(6)] ?? 32;
    const value = (10 * 2 ** 24 + upTo(2 ** 24)) & (-1 << (32 - len));
    const addr = [24, 16, 8, 0].map((shift) => String((value >>> shift) & 255)).join('.');
    return len === 32 ? addr : { prefix: { addr, len } };
  };
  const pool = (size: number | undefined, make: () => Json): (() => Json) => {
    if (size === undefined) return make;
    const all = Array.from({ length: size }, make);
    return () => all[upTo(size)] ?? null;
  };
  const source = pool(pools?.sources, prefix);
  const destination = pool(pools?.servers, () => {
    const value = 10 * 2 ** 24 + upTo(2 ** 24);
    return pools === undefined ? prefix() : [24, 16, 8, 0].map((shift) => String((value >>> shift) & 255)).join('.');
  });
  const service = pool(pools?.services, () => upTo(65_536));
  const match = (left: Json, right: Json): Json => ({ match: { op: '==', left, right } });
  const payload = (protocol: string, field: string): Json => ({ payload: { protocol, field } });
  const expressions = (): Json[] => [
    ...(upTo(3) > 0 ? [match(payload('ip', 'saddr'), source())] : []),
    ...(upTo(3) > 0 ? [match(payload('ip', 'daddr'), destination())] : []),
    ...(upTo(6) === 0 ? [match({ meta: { key: 'iifname' } }, DEVICES[1 + upTo(5)] ?? 'wan')] : []),
    ...(upTo(4) === 0
      ? [match(payload('tcp', 'dport'), { range: [1024 + upTo(100) * 100, 20_000 + upTo(100) * 100] })]
      : [match(payload(upTo(3) === 0 ? 'udp' : 'tcp', 'dport'), service())]),
    { counter: { packets: 0, bytes: 0 } },
  ];
  const verdict = (): Json => (upTo(5) === 0 ? { drop: null } : { accept: null });
  const made = Array.from({ length: rules }, (_, handle): Listed => {
    const inPart = upTo(3) === 0;
    const name = inPart ? (calls[upTo(calls.length)] ?? 'forward') : 'forward';
    const jump = !inPart && upTo(25) === 0 ? { jump: { target: calls[upTo(calls.length)] ?? '' } } : verdict();
    return { rule: { ...at, chain: name, handle, expr: [...expressions(), jump] } };
  });
  return [
    { table: { family: 'inet', name: 'filter' } },
    chain('forward', { type: 'filter', hook: 'forward', prio: 0, policy: 'drop' }),
    ...calls.map((name) => chain(name)),
    ...made,
  ];
}

const FACTS: Facts = {
  devices: DEVICES,
  ways: () => [
    ...DEVICES.slice(2).map((device, index) => {
      const first = BigInt(10 * 2 ** 24 + index * 2 ** 22);
      return {
        region: { ...ANYWHERE, to: { first, last: first + 2n ** 22n - 1n } },
        way: { type: 'out' as const, device },
      };
    }),
    { region: ANYWHERE, way: { type: 'out', device: 'wan' } },
  ],
  address: () => null,
};

interface Judged {
  readonly sets: StackSets;
  readonly ends: readonly End[];
}

function judged(ruleset: Ruleset): Judged {
  const sets = stackSets(ruleset, FACTS, 4);
  const arriving = sets.layout.diagrams.union(DEVICES.slice(1).map((device) => sets.arriving(device)));
  return { sets, ends: sets.endsOf(arriving) };
}

function timed<T>(work: () => T): readonly [T, number] {
  const start = performance.now();
  const result = work();
  return [result, performance.now() - start];
}

const ms = (values: readonly number[], digits = 0): string => show(spread(values), digits);

function manyHosts(hosts: number, rules: number): void {
  const listings = Array.from({ length: hosts }, (_, host) => listing(rules, host + 1));
  const read: number[] = [];
  const build: number[] = [];
  const query: number[] = [];
  const again: number[] = [];
  let nodes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const [rulesets, reading] = timed(() => listings.map(readRuleset));
    const [models, time] = timed(() => rulesets.map(judged));
    read.push(reading);
    build.push(time);
    nodes = models.reduce((sum, { sets }) => sum + sets.layout.diagrams.nodes, 0);
    const upTo = numbers(round + 99);
    const questions = Array.from({ length: 10_000 }, (): Tuple => ({
      ...{ family: 4, protocol: 6n, source: BigInt(10 * 2 ** 24 + upTo(2 ** 24)) },
      ...{
        destination: BigInt(10 * 2 ** 24 + upTo(2 ** 24)),
        sourcePort: 40_000n,
        destinationPort: BigInt(upTo(65_536)),
      },
    }));
    const [answers, asked] = timed(() =>
      questions.filter((tuple, index) => {
        const model = models[index % models.length];
        return model?.ends.some(
          ({ verdict, packets }) => verdict === 'forwarded' && model.sets.holds(packets, tuple, 'lan'),
        );
      }),
    );
    if (answers.length === questions.length) throw new Error('every question has the same answer');
    query.push((asked / questions.length) * 1000);
    again.push(timed(() => judged(readRuleset(listing(rules, 5000 + round))))[1]);
  }
  console.log(`${String(hosts)} hosts of ${String(rules)} rules (${String(nodes)} nodes)`);
  console.log(`  listings read                    ${ms(read)} ms`);
  console.log(`  the whole model                  ${ms(build)} ms`);
  console.log(`  one question                     ${ms(query, 1)} us`);
  console.log(`  one host changed, judged again   ${ms(again, 1)} ms`);
}

function oneRuleset(rules: number): void {
  const objects = listing(rules, 7, { sources: 40, servers: Math.ceil(rules / 3), services: 120 });
  const [times, changes]: [number[], number[]] = [[], []];
  let nodes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const ruleset = readRuleset(objects);
    const [{ sets }, time] = timed(() => judged(ruleset));
    nodes = sets.layout.diagrams.nodes;
    times.push(time);
    const at = objects.length - 1 - round * 7;
    const fewer = readRuleset(objects.filter((_, index) => index !== at));
    const before = { ruleset, facts: FACTS };
    const after = { ruleset: fewer, facts: FACTS };
    changes.push(timed(() => differenceOf(before, after, 4, { wishes: () => [], mostBoxes: 20, mostTold: 100 }))[1]);
  }
  console.log(`one ruleset of ${String(rules)} rules (${String(nodes)} nodes)`);
  console.log(`  judged                           ${ms(times)} ms`);
  console.log(`  what taking one rule away does   ${ms(changes)} ms`);
}

type Shape = 'a map' | 'rule by rule' | 'as Docker does';

function manyMappings(mappings: number, gateways: number, shape: Shape): void {
  const built = topology(mappings, gateways);
  const scene = (): Scene =>
    shape === 'a map' ? asWanted(built) : withRules(built, shape === 'rule by rule' ? ruleByRule : asDocker);
  const [ledgers, audits]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const own = scene();
    const [ledger, time] = timed(() => {
      const exposures = exposuresOf(own);
      return withHairpins(own, withUsers(ledgerOf(own), exposures), exposures);
    });
    if (!ledger.every(({ row }) => row.allowed !== null && row.hairpin !== 'unknown'))
      throw new Error('rows of the ledger leave out who may use them, or hairpin');
    ledgers.push(time);
    const asked = { subject: 'bench', taken: '2026-11-21T00:00:00Z', accepted: [] };
    audits.push(timed(() => audit(scene(), asked))[1]);
  }
  const on = gateways === 1 ? 'one gateway' : `${String(gateways)} gateways`;
  console.log(`${String(mappings)} port mappings of ${on}, ${shape}`);
  console.log(`  the ledger                       ${ms(ledgers)} ms`);
  console.log(`  rules read, and the whole audit  ${ms(audits)} ms`);
}

/** Parts by name, so that each can be measured alone. */
const PARTS: Readonly<Record<string, () => void>> = {
  hosts: () => {
    manyHosts(100, 100);
    manyHosts(100, 300);
  },
  rules: () => {
    oneRuleset(1000);
    oneRuleset(5000);
  },
  map: () => {
    manyMappings(1000, 1, 'a map');
    manyMappings(10_000, 1, 'a map');
    manyMappings(10_000, 14, 'a map');
  },
  single: () => {
    manyMappings(1000, 1, 'rule by rule');
    manyMappings(10_000, 1, 'rule by rule');
  },
  docker: () => {
    manyMappings(1000, 1, 'as Docker does');
    manyMappings(10_000, 1, 'as Docker does');
  },
};

console.log(`${String(ROUNDS)} rounds; median (min to max)`);
const only = process.env['PARTS']?.split(' ') ?? Object.keys(PARTS);
for (const name of only) PARTS[name]?.();
