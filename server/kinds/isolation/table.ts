/**
 * The frames of isolated networks on one host. By port, then by the sender's MAC: what a frame costs does not grow with the
 * number of members. Ports that are not in these sets are not judged.
 *
 * `prerouting` (before the bridge learns from a frame): a member sends with its own MAC only.
 * `postrouting` (whatever leaves by a port, forwarded or sent by the host): to a member go frames of gateways and routers only.
 *     Here the sender's MAC is all that is needed: the port that a frame came by is not known any more.
 * `input` (what is for the host): the same for its own NIC. Link-local frames (01:80:c2:00:00:0x) pass here alone, and the
 *     bridge learns from them too.
 */
import type { Chain, NamedSet, Rule, SetElement, Table } from '../../core/nft/ast.ts';
import {
  baseChain,
  COUNTER,
  DROP,
  match,
  meta,
  oneOf,
  payload,
  regularChain,
  rule,
  together,
} from '../../core/nft/write.ts';
import type { Attachment, Bridge, Host, HostNic, Model } from '../../flow/model.ts';
import { ISOLATION_ID } from '../link-ids.ts';
import { OWNER_CHAIN, ownerChain } from '../nft-owner.ts';
import { isGatewayHere, isRouter, stationsOn } from './stations.ts';
import type { Station, Stations } from './stations.ts';

/** `filter` of the bridge family, NF_BR_PRI_FILTER_BRIDGED: before br_netfilter takes a frame away (0). */
const PRIORITY = -200;
const SENDER = payload('ether', 'saddr');
const [PORTS, ADDRESSES, ARRIVALS, DEPARTURES, TAGGED] = [
  'member-ports',
  'member-addresses',
  'arrivals-by-port',
  'departures-by-port',
  'arrivals-tagged',
];

/** `undefined` where no member of an isolated network has its bridge on this host. */
export function isolationTable(model: Model, host: Host): Table | undefined {
  const members = host.attachments.filter(({ isolated }) => isolated);
  const nics = ownNics(model, host);
  const names = new Set([...members, ...nics].map(({ network }) => network));
  if (names.size === 0) return undefined;
  const arrivals = nics.map((nic) => arrivalsAt(host, nic));
  const tagged = arrivals.flatMap((each) => each.tagged);
  const known = stationsOn(model, names);
  const apart = [...known].map(([network, stations]) => judge(network, stations));
  return {
    chains: {
      [OWNER_CHAIN]: ownerChain(model.topology, ISOLATION_ID),
      'guard-prerouting': base('prerouting', [SPOOFED]),
      'guard-input': base('input', [SPOOFED, byPort('iifname', ARRIVALS)]),
      'guard-postrouting': base('postrouting', [byPort('oifname', DEPARTURES)]),
      ...(tagged.length === 0 ? {} : { [TAGGED]: regularChain(tagged) }),
      ...Object.fromEntries(apart.map(({ name, chain }) => [name, chain])),
    },
    sets: {
      [PORTS]: plainSet(
        ['ifname'],
        members.map(({ device, owner }) => element([device], owner.name)),
      ),
      [ADDRESSES]: plainSet(
        ['ifname', 'ether_addr'],
        members.flatMap((each) => ownAddress(model, each)),
      ),
      [ARRIVALS]: verdictMap(once(arrivals.flatMap((each) => each.byPort))),
      [DEPARTURES]: verdictMap(members.map(({ device, network }) => ({ port: device, chain: chainOf(network) }))),
      ...Object.fromEntries(apart.map(({ set, stations }) => [set, stations])),
    },
  };
}

const SPOOFED = rule(
  'spoofed',
  match(meta('iifname'), `@${PORTS}`),
  match(together(meta('iifname'), SENDER), `@${ADDRESSES}`, '!='),
  COUNTER,
  DROP,
);

/** The host's NICs on isolated networks that it is neither gateway nor router of. A bare port has no bridge that could judge. */
function ownNics(model: Model, host: Host): readonly HostNic[] {
  return host.nics.filter(({ network, on, addresses }) => {
    const found = model.networks.get(network);
    return (
      found?.isolated === true &&
      (on.type === 'bridge' || on.type === 'vlan') &&
      !isRouter(found, addresses) &&
      !isGatewayHere(model, host, network)
    );
  });
}

interface PortVerdict {
  readonly port: string;
  readonly chain: string;
}

/** Where frames for a NIC of the host come in: ports of its network alone, and uplinks that may carry others too. */
function arrivalsAt(host: Host, { network, on }: HostNic): { byPort: readonly PortVerdict[]; tagged: readonly Rule[] } {
  const bridge =
    on.type === 'port' || on.type === 'bond' ? undefined : host.bridges.find(({ device }) => device === on.bridge);
  if (bridge === undefined) return { byPort: [], tagged: [] };
  const goto = chainOf(network);
  const own = host.attachments.filter((each) => each.bridge === bridge.device && each.network === network);
  const tunnels = host.tunnels.filter((each) => each.bridge === bridge.device);
  const uplinks = bridge.uplinks.map(({ device }) => device);
  const alone = on.type === 'vlan' ? [] : uplinks;
  return {
    byPort: [
      ...[...own, ...tunnels].map(({ device }) => ({ port: device, chain: goto })),
      ...alone.map((port) => ({ port, chain: goto })),
      ...(on.type === 'vlan' ? uplinks.map((port) => ({ port, chain: TAGGED })) : []),
    ],
    tagged: on.type === 'vlan' && uplinks.length > 0 ? [taggedArrival(bridge, network, on.vid)] : [],
  };
}

/** A frame for the bridge itself has its tag still, an untagged one that of the port's PVID. */
function taggedArrival({ uplinks }: Bridge, network: string, vid: number): Rule {
  const ports = uplinks.map(({ device }) => device);
  return rule(network, match(meta('iifname'), oneOf(ports)), match(payload('vlan', 'id'), vid), COUNTER, {
    goto: { target: chainOf(network) },
  });
}

/** Several NICs may share the uplinks of a bridge. */
function once(verdicts: readonly PortVerdict[]): readonly PortVerdict[] {
  return [...new Map(verdicts.map((each) => [each.port, each])).values()];
}

interface Judged {
  readonly name: string;
  readonly chain: Chain;
  readonly set: string;
  readonly stations: NamedSet;
}

function judge(network: string, { trusted, members, strangers }: Stations): Judged {
  const set = `${strangers ? 'members' : 'trusted'}/${network}`;
  return {
    name: chainOf(network),
    chain: regularChain([rule('isolated', match(SENDER, `@${set}`, strangers ? '==' : '!='), COUNTER, DROP)]),
    set,
    stations: plainSet(['ether_addr'], (strangers ? members : trusted).map(bySender)),
  };
}

function chainOf(network: string): string {
  return `isolated/${network}`;
}

function bySender({ mac, name }: Station): SetElement {
  return element([mac], name);
}

function ownAddress(model: Model, { owner, network, device }: Attachment): readonly SetElement[] {
  const nic = model.guests.get(owner.name)?.nics.find((each) => each.network === network);
  return nic === undefined ? [] : [element([device, nic.mac], owner.name)];
}

function element(key: string[], id: string): SetElement {
  return { key, id, value: null };
}

function plainSet(key: NamedSet['key'], elements: SetElement[]): NamedSet {
  return { key, data: null, interval: false, counter: false, elements };
}

function verdictMap(verdicts: readonly PortVerdict[]): NamedSet {
  const elements = verdicts.map(({ port, chain }) => ({ key: [port], id: null, value: { goto: { target: chain } } }));
  return { key: ['ifname'], data: 'verdict', interval: false, counter: false, elements };
}

function byPort(key: 'iifname' | 'oifname', map: string): Rule {
  return rule('ports', { vmap: { key: meta(key), data: `@${map}` } });
}

/** Accepting: what is not ours is not to be stopped by us. */
function base(hook: 'prerouting' | 'input' | 'postrouting', rules: readonly Rule[]): Chain {
  return baseChain({ type: 'filter', hook, priority: PRIORITY, policy: 'accept' }, rules);
}
