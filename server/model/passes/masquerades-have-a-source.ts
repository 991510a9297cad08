/**
 * In: the resolved gateways and their addresses. Out: the masquerades of each, with the source address of every family that
 * both networks have. A masquerade whose gateway stands on one side only would never see the flows it is to translate.
 */
import type { Address, Family } from '../../core/address.ts';
import { shortTag } from '../../core/hash.ts';
import type { Masquerade } from '../../flow/model.ts';
import type { GatewayEntry, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { byPlace, compareText, related } from '../report.ts';
import type { Addresses } from './addresses-have-one-owner.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

const ID_LENGTH = 10;

export function settleMasquerades(
  topology: Topology,
  subnets: Subnets,
  addresses: Addresses,
  notes: Notes,
): ReadonlyMap<string, readonly Masquerade[]> {
  return new Map(
    [...topology.gateways.values()].map((gateway) => [
      gateway.name,
      masqueradesOf(gateway, topology.name, subnets, addresses, notes),
    ]),
  );
}

function masqueradesOf(
  gateway: GatewayEntry,
  topology: string,
  subnets: Subnets,
  addresses: Addresses,
  notes: Notes,
): readonly Masquerade[] {
  const made = new Map<string, Masquerade>();
  for (const { value, place, text } of [...gateway.masquerade].sort((a, b) => byPlace(a.place, b.place))) {
    const { from, to } = value;
    const id = `m-${shortTag(ID_LENGTH, 'masquerade', topology, gateway.name, from, to)}`;
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
    const absent = [from, to].filter((network) => !gateway.nics.has(network));
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
        `Gateway ${gateway.name} has no address on ${to} of a family that ${from} has, so there is nothing to translate to.`,
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
