/**
 * The ledger of many mappings, told together, against one packet at a time: who may use each, and whether neighbours can. Small
 * numbers of the shapes that are found with thousands: maps, rule by rule, as Docker writes them; with filters that tell some of
 * them apart.
 */
import { describe, expect, it } from 'vitest';
import type { Published } from '../../scripts/benches/audit-scenes.ts';
import { asDocker, asWanted, ruleByRule, topology, withRules } from '../../scripts/benches/audit-scenes.ts';
import { exposuresOf } from '../../server/audit/exposure.ts';
import { withHairpins } from '../../server/audit/mappings/hairpin.ts';
import type { LedgerEntry } from '../../server/audit/mappings/ledger.ts';
import { ledgerOf } from '../../server/audit/mappings/ledger.ts';
import { usersIn } from '../../server/audit/mappings/users.ts';
import type { Scene } from '../../server/audit/scene.ts';
import { formatAddress, mustParseAddress } from '../../server/core/address.ts';
import type { Json } from '../../server/core/json.ts';
import type { NetworkStack } from '../../server/flow/world.ts';
import { packetOf } from '../../server/reach/judge/packet.ts';
import { judge } from '../../server/reach/judge/walk.ts';
import { stackOf } from '../../server/reach/sets/facts.ts';
import { subjectOf } from '../../server/reach/sets/of-stack.ts';
import { reach } from '../../server/reach/walk/reach.ts';
import { chance } from '../support/chance.ts';

const match = (protocol: string, field: string, right: Json): Json => ({
  match: { op: '==', left: { payload: { protocol, field } }, right },
});

/** Rule by rule, some limited to a source, and a filter that refuses, or leaves open, some of the targets. */
function pickedOut(seed: number): (list: readonly Published[]) => Pick<NetworkStack, 'tables' | 'iptables'> {
  return (list) => {
    const from = chance(seed);
    const made = ruleByRule(list);
    const [table] = made.tables;
    if (table === undefined) throw new TypeError('no table');
    const at = { family: 'ip', table: 'nat', chain: 'fwd' };
    const filters = Array.from({ length: 12 }, (_, index): Readonly<Record<string, Json>> => {
      const { target, targetPort } = from.pick(list);
      const expr: Json[] = [
        ...(from.upTo(2) === 0 ? [match('ip', 'daddr', target)] : []),
        ...(from.upTo(2) === 0 ? [match('tcp', 'dport', targetPort)] : []),
        ...(from.upTo(2) === 0 ? [match('ip', 'saddr', { prefix: { addr: '198.51.100.0', len: 24 } })] : []),
        ...(from.upTo(4) === 0 ? [{ limit: { rate: 5, burst: 5, per: 'second' } }] : []),
        from.pick([{ drop: null }, { accept: null }, { return: null }] as const),
      ];
      return { rule: { ...at, handle: 5000 + index, expr } };
    });
    const limited = table.objects.map((object): Readonly<Record<string, Json>> => {
      const rule = object['rule'] as { readonly chain?: string; readonly expr?: readonly Json[] } | undefined;
      if (rule?.chain !== 'pre' || rule.expr === undefined || from.upTo(3) > 0) return object;
      return { rule: { ...rule, expr: [match('ip', 'saddr', '198.51.100.7'), ...rule.expr] } };
    });
    const last = limited.length - 1;
    return {
      ...made,
      tables: [{ ...table, objects: [...limited.slice(0, last), ...filters, ...limited.slice(last)] }],
    };
  };
}

const built = topology(120, 2);
const scenes: readonly (readonly [string, () => Scene])[] = [
  ['a map of our own', () => asWanted(built)],
  ['rule by rule', () => withRules(built, ruleByRule)],
  ['as Docker writes them', () => withRules(built, asDocker)],
  ...[1, 2, 3, 4, 5, 6].map(
    (seed) => [`with filters ${String(seed)}`, () => withRules(built, pickedOut(seed))] as const,
  ),
];

const SOURCES = ['198.51.100.7', '198.51.100.99', '203.0.113.5', '10.1.4.11', '10.1.8.11'].map(
  (text) => mustParseAddress(text).value,
);

describe.each(scenes)('%s', (_name, make) => {
  const scene = make();
  const exposures = exposuresOf(scene);
  const ledger = ledgerOf(scene);

  it('lets use a mapping whom one packet at a time gets there', () => {
    const usersOf = usersIn(exposures);
    let compared = 0;
    for (const entry of ledger) {
      for (const from of ['wan', 'app-4', 'app-8']) {
        for (const source of SOURCES) {
          const passes = passesOne(entry, from, source);
          if (passes === undefined) continue;
          const users = usersOf(entry).filter(
            (each) =>
              each.from === from && each.box.sources.some(({ first, last }) => first <= source && source <= last),
          );
          compared += 1;
          const about = `${entry.row.ports} from ${formatAddress(4, source)} by ${from}: ${String(passes)}`;
          // What nobody can say is let through, and said not to be sure.
          if (passes !== false) expect(users.length, about).toBeGreaterThan(0);
          if (users.length > 0 && users.every(({ sure }) => sure)) expect(passes, about).toBe(true);
        }
      }
    }
    expect(compared).toBeGreaterThan(500);
  });

  it('says of hairpin what each of them alone says', () => {
    for (const { row, owner, family } of withHairpins(scene, ledger, exposures)) {
      const device = owner?.stack.interfaces.get(owner.device);
      const subnet = device?.addresses
        .find((each) => each.includes(':') === (family === 6))
        ?.replace(/\.\d+\/24$/, '.');
      const neighbour = [...scene.world.stacks.values()].find(
        (stack) =>
          stack.sort === 'guest' &&
          stack !== owner?.stack &&
          [...stack.interfaces.values()].some(({ addresses }) =>
            addresses.some((each) => subnet !== undefined && each.startsWith(subnet)),
          ),
      );
      const { verdict, arrived } = reach(scene.world, {
        ...{ from: neighbour?.id ?? '', source: null, to: row.address, port: Number(row.ports) },
        ...{ protocol: 'tcp', listening: true },
      });
      const gets = verdict === 'delivered' && arrived?.stack === owner?.stack.id;
      const alone = gets ? 'works' : verdict === 'unknown' ? 'unknown' : 'fails';
      expect(row.hairpin, row.ports).toBe(alone);
    }
  });
});

/** `null`: it cannot be said; `undefined`: nothing of that sort comes in there. */
function passesOne({ on, addresses, ports }: LedgerEntry, from: string, source: bigint): boolean | null | undefined {
  const { ruleset, facts } = subjectOf(on.stack);
  if (!facts.devices.includes(from) || addresses === null || ports === null) return undefined;
  const tuple = {
    ...{ family: 4 as const, protocol: 6n, source, sourcePort: 40_000n },
    ...{ destination: addresses.first, destinationPort: ports.first },
  };
  const { verdict, packet } = judge(ruleset, stackOf(facts), packetOf({ tuple, device: from }), { state: 'new' });
  if (verdict === 'unknown') return null;
  // To the gateway itself is not to the target of the mapping.
  return verdict === 'forwarded' || (verdict === 'local' && packet.get('ip daddr') !== addresses.first);
}
