/**
 * In: the resolved gateways and their addresses. Out: the masquerades of each, with the source address of every family that
 * both networks have. A masquerade whose gateway stands on one side only would never see the flows it is to translate.
 */
import type { Address, Family } from '../../core/address.ts';
import { prefixesOverlap } from '../../core/address.ts';
import { shortTag } from '../../core/hash.ts';
import type { Masquerade } from '../../flow/model.ts';
import type { GatewayEntry, Topology } from '../../flow/topology.ts';
import { membersOf } from '../address-claims.ts';
import type { Notes } from '../report.ts';
import { byPlace, compareText, related } from '../report.ts';
import type { Forwarding } from '../forwarding.ts';
import { realmOf } from '../realms.ts';
import type { Addresses } from './addresses-have-one-owner.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

const ID_LENGTH = 10;

export function settleMasquerades(
  topology: Topology,
  subnets: Subnets,
  addresses: Addresses,
  forwarding: Forwarding,
  notes: Notes,
): ReadonlyMap<string, readonly Masquerade[]> {
  return new Map(
    [...topology.gateways.values()].map((gateway) => [
      gateway.name,
      masqueradesOf(gateway, topology, subnets, addresses, forwarding, notes),
    ]),
  );
}

function masqueradesOf(
  gateway: GatewayEntry,
  topology: Topology,
  subnets: Subnets,
  addresses: Addresses,
  forwarding: Forwarding,
  notes: Notes,
): readonly Masquerade[] {
  const made = new Map<string, Masquerade>();
  for (const { value, place, text } of [...gateway.masquerade].sort((a, b) => byPlace(a.place, b.place))) {
    const { from, to } = value;
    const id = `m-${shortTag(ID_LENGTH, 'masquerade', topology.name, gateway.name, from, to)}`;
    const same = made.get(id);
    if (same !== undefined) {
      notes.report(
        'duplicate',
        place,
        `\`${text}\` of gateway ${gateway.name} stands there twice; the second changes nothing.`,
        {
          hint: 'remove one of the two',
          related: [related(same.place, 'first written here')],
        },
      );
      continue;
    }
    const seen = gateway.nics.has(from) || isRouted(gateway, from, topology, subnets, forwarding);
    const absent = [...(seen ? [] : [from]), ...(gateway.nics.has(to) ? [] : [to])];
    if (absent.length > 0) {
      if (notes.doubtful.has(gateway.name)) continue;
      notes.report(
        'masquerade-impossible',
        place,
        `Gateway ${gateway.name} has no NIC on ${absent.join(' nor on ')}, so no flow from ${from} to ${to} passes it.`,
        {
          hint: `add ${absent.map((network) => `\`${network}:\``).join(' and ')} to its \`nics\``,
        },
      );
      continue;
    }
    const source = sourceOf(gateway.name, from, to, subnets, addresses);
    if (source[4] === undefined && source[6] === undefined) {
      if (notes.doubtful.has(gateway.name) || notes.doubtful.has(from) || notes.doubtful.has(to)) continue;
      notes.report(
        'masquerade-impossible',
        place,
        `Gateway ${gateway.name} has no ${membersOf(gateway).length > 1 ? 'shared ' : ''}address on ${to} of a family that ${from} has, so there is nothing to translate to.`,
        {
          hint: `give it one: \`${to}: { shared: ADDRESS }\``,
        },
      );
      continue;
    }
    made.set(id, { id, place, from, to, source });
  }
  return [...made.values()].sort((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to));
}

/** Whether routes of the gateway lead to the network: its flows come through here on their way from another gateway. */
function isRouted(
  gateway: GatewayEntry,
  network: string,
  topology: Topology,
  subnets: Subnets,
  forwarding: Forwarding,
): boolean {
  const own = subnets.byNetwork.get(network) ?? [];
  const realm = realmOf(topology.networks.get(network));
  const inRealm = [...gateway.nics.keys()].filter((nic) => realmOf(topology.networks.get(nic)) === realm);
  return inRealm.some((nic) =>
    forwarding.behind(gateway.name, nic).some((prefix) => own.some((subnet) => prefixesOverlap(prefix, subnet.text))),
  );
}

function sourceOf(
  gateway: string,
  from: string,
  to: string,
  subnets: Subnets,
  addresses: Addresses,
): Masquerade['source'] {
  const inside = new Set(subnets.byNetwork.get(from)?.map((subnet) => subnet.family));
  const pick = (family: Family): Address | undefined =>
    inside.has(family) ? addresses.of(gateway, to).find((each) => each.subnet.family === family)?.address : undefined;
  const [four, six] = [pick(4), pick(6)];
  return { ...(four === undefined ? {} : { 4: four }), ...(six === undefined ? {} : { 6: six }) };
}
