import type { Family } from '../../core/address.ts';
import type { Publish, Zone } from '../../flow/model.ts';
import type { GatewayEntry, PublishLine } from '../../flow/topology.ts';
import { subtractPrefixes } from '../prefixes.ts';
import { namesUnknownRealm, realmOf, realmsOf, realmsOn } from '../realms.ts';
import { listNames } from '../report.ts';
import { familyOfPrefix, prefixesOf } from './endpoints-are-zones.ts';
import type { PublishContext } from './publish-context.ts';

/** Sources of the listening family; `undefined` where the line limits it to nobody. */
export function limitedTo(
  gateway: GatewayEntry,
  line: PublishLine,
  family: Family,
  { topology, subnets, zonesSeenBy, notes }: PublishContext,
): Publish['from'] | undefined {
  if (line.from === null) return null;
  const attached = [...gateway.nics.keys()].flatMap((network) => subnets.byNetwork.get(network) ?? []);
  // Where a network that it is not on has the addresses of one in another realm that it is on, those are the other one's.
  const zones = zonesSeenBy(gateway)(...line.from.map((each) => each.value)).map((zone): Zone => {
    if (zone.prefixes === null || zone.internet || gateway.nics.has(zone.network)) return zone;
    const realm = realmOf(topology.networks.get(zone.network));
    const others = attached.filter((subnet) => subnet.realm !== realm).map((subnet) => subnet.text);
    return { ...zone, prefixes: subtractPrefixes(zone.prefixes, others) };
  });
  const realms = realmsOn(topology, gateway.nics.keys());
  const prefixes = prefixesOf(zones, subnets, realms).filter((prefix) => familyOfPrefix(prefix) === family);
  if (prefixes.length > 0) return prefixes;
  if (line.from.some((each) => namesUnknownRealm(each.value, topology))) return undefined;
  const where =
    realmsOf(topology).length > 1 ? ` of the realms that gateway ${gateway.name} is in (${listNames(realms)})` : '';
  notes.report(
    'publish-from',
    line.place,
    `\`from\` of \`${line.text}\` holds no IPv${String(family)} address${where}, so nobody may use the port.`,
    {
      hint: `name sources with IPv${String(family)} addresses, or leave \`from\` out`,
    },
  );
  return undefined;
}
