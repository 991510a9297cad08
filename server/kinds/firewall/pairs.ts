/**
 * Policy by pair of networks: one chain each, denials first. One chain and not two, because the kernel swaps chains one by
 * one when a change is committed; inside one chain no packet ever sees the new denials with the old permissions.
 */
import type { Family } from '../../core/address.ts';
import { canonicalJson } from '../../core/json.ts';
import type { Rule, Statement } from '../../core/nft/ast.ts';
import { destination, source } from '../../core/nft/write.ts';
import type { Model, PolicyEntry, Zone } from '../../flow/model.ts';
import type { GatewayPort, GatewayView } from '../nft-gateway.ts';
import { FAMILIES } from '../nft-gateway.ts';
import { crossings, hairpins } from './crossings.ts';
import { policyRules } from './services.ts';
import { portsToward } from './ways.ts';
import { zoneMatch } from './zones.ts';

export interface PolicyPair {
  readonly from: GatewayPort;
  readonly to: GatewayPort;
  readonly denials: readonly Rule[];
  readonly permissions: readonly Rule[];
  /** Those permissions as far as packets may pass between the networks at all: realms are joined by translations only. */
  readonly passing: readonly Rule[];
}

/** Every pair of the gateway's networks that some policy line speaks of, in order of their names. */
export function policyPairs(model: Model, view: GatewayView): readonly PolicyPair[] {
  const pairs = new Map<string, Collected>();
  for (const entry of model.policy) {
    for (const from of entry.from) {
      for (const to of entry.to) {
        for (const [fromPort, toPort] of portPairs(model, view, from, to)) {
          const rules = zonePairRules(view, entry, from, to);
          if (rules.length === 0) continue;
          const name = pairName(fromPort, toPort);
          const pair = pairs.get(name) ?? { from: fromPort, to: toPort, denials: [], permissions: [], passing: [] };
          pairs.set(name, pair);
          if (entry.verdict === 'deny') pair.denials.push(...rules);
          else {
            pair.permissions.push(...rules);
            // Between neighbours packets are switched. What goes out where it came in is for a router there, or from one.
            const switched = isOn(fromPort, from) && isOn(fromPort, to);
            const conditions = switched ? hairpins : crossings;
            pair.passing.push(
              ...zonePairRules(view, entry, from, to, (family) => conditions(view, fromPort, toPort, family)),
            );
          }
        }
      }
    }
  }
  return [...pairs]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, pair]) => ({
      ...pair,
      denials: inOrder(pair.denials),
      permissions: inOrder(pair.permissions),
      passing: inOrder(pair.passing),
    }));
}

/** The NICs by which packets between the zones come in and go out. */
function portPairs(
  model: Model,
  view: GatewayView,
  from: Zone,
  to: Zone,
): readonly (readonly [GatewayPort, GatewayPort])[] {
  const targets = portsToward(model, view, to);
  return targets.length === 0
    ? []
    : portsToward(model, view, from).flatMap((source) => targets.map((target) => [source, target] as const));
}

function isOn(port: GatewayPort, zone: Zone): boolean {
  return zone.network === port.network.name && !zone.internet;
}

interface Collected {
  readonly from: GatewayPort;
  readonly to: GatewayPort;
  readonly denials: Rule[];
  readonly permissions: Rule[];
  readonly passing: Rule[];
}

/** `shop/db`; a slash is in no name of a network. */
export function pairName(from: GatewayPort, to: GatewayPort): string {
  return `${from.network.name}/${to.network.name}`;
}

/** @param conditions one of which must be met beside those of the line; a gateway's own input has none. */
function zonePairRules(
  view: GatewayView,
  entry: PolicyEntry,
  from: Zone,
  to: Zone,
  conditions: (family: Family) => readonly (readonly Statement[])[] = () => [[]],
): readonly Rule[] {
  return FAMILIES.flatMap((family) => {
    const sources = zoneMatch(view, from, family, source(family));
    const destinations = zoneMatch(view, to, family, destination(family));
    if (sources === undefined || destinations === undefined) return [];
    return conditions(family).flatMap((condition) =>
      policyRules(entry, family, distinct([...condition, ...sources, ...destinations])),
    );
  });
}

/** Often the line names the very addresses that are translated. */
function distinct(statements: readonly Statement[]): readonly Statement[] {
  return [...new Map(statements.map((each) => [canonicalJson(each), each])).values()];
}

/** By id, since the order in the file means nothing; rules of one line keep theirs (a log stands before its verdict). */
function inOrder(rules: readonly Rule[]): readonly Rule[] {
  const distinct = new Map(rules.map((rule) => [canonicalJson(rule), rule]));
  return [...distinct.values()].toSorted((a, b) =>
    (a.id ?? '') < (b.id ?? '') ? -1 : (a.id ?? '') > (b.id ?? '') ? 1 : 0,
  );
}
