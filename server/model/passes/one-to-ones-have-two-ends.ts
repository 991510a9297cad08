/**
 * In: the resolved gateways, all addresses and subnets. Out: every gateway's one-to-one mappings, each with the network inside and
 * the one outside; and the addresses outside that the gateway then has as well. Such an address is taken as a whole: it is
 * nobody else's, stands for one address inside, and no port of it can be published.
 */
import type { Address, InterfaceAddress } from '../../core/address.ts';
import { familyOf, hostPrefix } from '../../core/address.ts';
import { shortTag } from '../../core/hash.ts';
import type { Place } from '../../core/place.ts';
import type { OneToOne } from '../../flow/model.ts';
import type { GatewayEntry, OneToOneLine, Topology } from '../../flow/topology.ts';
import { realmOf, realmsOn } from '../realms.ts';
import { byPlace, compareText, related } from '../report.ts';
import type { OneToOneContext } from './one-to-one-context.ts';
import { insideOf } from './one-to-one-inside.ts';
import { outsideOf } from './one-to-one-outside.ts';

const ID_LENGTH = 10;

export interface OneToOnes {
  readonly ofGateway: ReadonlyMap<string, readonly OneToOne[]>;
  /** Gateway → network → /32 and /128. */
  readonly natAddresses: ReadonlyMap<string, ReadonlyMap<string, readonly InterfaceAddress[]>>;
  /** The mapping that has an address of that realm for its outside. */
  readonly takenBy: (realm: string, address: Address) => Taken | undefined;
}

export interface Taken {
  readonly gateway: string;
  readonly text: string;
  readonly place: Place;
}

export function settleOneToOnes(context: OneToOneContext): OneToOnes {
  const taken = new Map<string, Taken>();
  const ofGateway = new Map<string, readonly OneToOne[]>();
  const natAddresses = new Map<string, ReadonlyMap<string, readonly InterfaceAddress[]>>();
  for (const gateway of [...context.topology.gateways.values()].sort((a, b) => byPlace(a.place, b.place))) {
    const made: OneToOne[] = [];
    const further = new Map<string, Set<InterfaceAddress>>();
    for (const line of [...gateway.oneToOne].sort((a, b) => byPlace(a.place, b.place))) {
      const mapping = mappingOf(gateway, line, made, taken, context);
      if (mapping === undefined) continue;
      made.push(mapping.oneToOne);
      const { external, outside } = mapping.oneToOne;
      if (mapping.local) further.set(external, (further.get(external) ?? new Set()).add(hostPrefix(outside)));
    }
    ofGateway.set(
      gateway.name,
      made.sort((a, b) => compareText(a.outside, b.outside) || compareText(a.external, b.external)),
    );
    natAddresses.set(gateway.name, new Map([...further].map(([network, set]) => [network, [...set].sort()])));
  }
  return { ofGateway, natAddresses, takenBy: (realm, address) => taken.get(`${realm} ${address}`) };
}

/** `local`: the outside lies in the external network's subnet, so that the gateway answers for it there. */
function mappingOf(
  gateway: GatewayEntry,
  line: OneToOneLine,
  made: readonly OneToOne[],
  taken: Map<string, Taken>,
  context: OneToOneContext,
): { readonly oneToOne: OneToOne; readonly local: boolean } | undefined {
  const { topology, notes } = context;
  const same = made.find((each) => each.outside === line.outside.value && each.inside === line.inside.value);
  if (same !== undefined) {
    notes.report(
      'duplicate',
      line.place,
      `\`${line.text}\` of gateway ${gateway.name} stands there twice; the second changes nothing.`,
      { hint: 'remove one of the two', related: [related(same.place, 'first written here')] },
    );
    return undefined;
  }
  // Both are looked at, so that one mistake does not hide the other.
  const outer = outsideOf(gateway, line, context);
  const inner = insideOf(gateway, line, context);
  if (outer === undefined || inner === undefined || !isFree(gateway, line, outer.network, made, taken, context)) {
    return undefined;
  }
  for (const realm of realmsTaken(gateway, outer, topology)) {
    taken.set(`${realm} ${line.outside.value}`, { gateway: gateway.name, text: line.text, place: line.place });
  }
  const { outside, inside, place, text } = line;
  const id = `o-${shortTag(ID_LENGTH, 'one-to-one', topology.name, gateway.name, outside.value, inside.value)}`;
  return {
    oneToOne: {
      id,
      place,
      text,
      outside: outside.value,
      inside: inside.value,
      network: inner.network,
      guest: inner.guest,
      external: outer.network,
    },
    local: outer.local,
  };
}

/** What lies in no subnet is routed to the gateway: it is the same address for all who are in those realms. */
function realmsTaken(
  gateway: GatewayEntry,
  outer: { readonly network: string; readonly local: boolean },
  topology: Topology,
): readonly string[] {
  if (outer.local) return [realmOf(topology.networks.get(outer.network))];
  const external = [...gateway.nics.keys()].filter((network) => topology.networks.get(network)?.external === true);
  return realmsOn(topology, external);
}

function isFree(
  gateway: GatewayEntry,
  line: OneToOneLine,
  external: string,
  made: readonly OneToOne[],
  taken: ReadonlyMap<string, Taken>,
  { topology, notes }: OneToOneContext,
): boolean {
  const realm = realmOf(topology.networks.get(external));
  const other = taken.get(`${realm} ${line.outside.value}`);
  if (other !== undefined) {
    notes.report(
      'one-to-one-twice',
      line.place,
      `${line.outside.value} stands for another address already, by \`${other.text}\` of gateway ${other.gateway}; a packet can be sent on to one place only.`,
      { hint: 'choose another address outside', related: [related(other.place, 'first mapped here')] },
    );
    return false;
  }
  const rival = made.find((each) => each.inside === line.inside.value && each.external === external);
  if (rival === undefined) return true;
  notes.report(
    'one-to-one-twice',
    line.place,
    `${line.inside.value} leaves by ${external} as ${rival.outside} already, by \`${rival.text}\`; it can leave with one address only.`,
    {
      hint: `publish ports of ${line.outside.value} (IPv${String(familyOf(line.outside.value))}) to it instead, or remove one of the two`,
      related: [related(rival.place, `gateway ${gateway.name} maps it here`)],
    },
  );
  return false;
}
