/**
 * The filter in a host's own stack, which other software filters too and which is the host's in the first place: the chains have
 * the policy accept, what has to do with none of the gateway's interfaces passes at once, and what is the gateway's is dropped
 * by a last rule.
 */
import type { Chain, NamedSet, Rule, SetElement } from '../../core/nft/ast.ts';
import {
  ACCEPT,
  COUNTER,
  match,
  meta,
  oneOf,
  payload,
  regularChain,
  RETURN,
  rule,
  source,
  destination,
  together,
  TRANSLATED,
} from '../../core/nft/write.ts';
import { familyOf } from '../../core/address.ts';
import type { Tunnel } from '../../flow/model.ts';
import type { GatewayView } from '../nft-gateway.ts';
import {
  COMES_BY_OTHER,
  COMES_BY_OURS,
  COMES_FROM_OUTSIDE,
  externalInterfaces,
  gatewayInterfaces,
  LEAVES_BY_OTHER,
  LEAVES_FOR_OUTSIDE,
} from '../nft-host.ts';
import type { HostStack } from '../nft-gateway.ts';

const [GUARD, SWITCHED, BRIDGES, STATIONS] = ['guard-sources', 'switched-frames', 'bridge-pairs', 'bridge-stations'];

export interface HostFilter {
  /** Before all other rules of each chain. */
  readonly forward: readonly Rule[];
  readonly input: readonly Rule[];
  readonly chains: Record<string, Chain>;
  readonly sets: Record<string, NamedSet>;
}

/**
 * @param guard the rules that judge sources. Here they are no base chain: where br_netfilter is on, what is only switched in a
 *     bridge goes through `prerouting` too, and is nobody's business.
 */
export function hostFilter(view: GatewayView, stack: HostStack, guard: Chain): HostFilter {
  const bridges = stack.nics.filter(({ on }) => on.type === 'bridge');
  const tunnels = stack.tunnels.filter(({ remotes }) => remotes.length > 0);
  const judge = rule('sources', COMES_BY_OURS, COUNTER, { jump: { target: GUARD } });
  return {
    forward: [
      rule('others', COMES_BY_OTHER, LEAVES_BY_OTHER, COUNTER, ACCEPT),
      ...(bridges.length === 0 ? [] : [switched(bridges.some(({ mac }) => mac !== null))]),
      judge,
      ...(view.ports.some((port) => port.network.external) ? BESIDE_US : []),
    ],
    input: [rule('others', COMES_BY_OTHER, COUNTER, ACCEPT), judge, ...tunnels.map(tunnelled)],
    chains: {
      [GUARD]: regularChain(guard.rules.map(returning)),
      ...(bridges.length === 0 ? {} : { [SWITCHED]: LEFT_ALONE }),
    },
    sets: { ...gatewayInterfaces(view), ...externalInterfaces(view), ...bridgeSets(bridges) },
  };
}

/**
 * The host's containers and machines share its way out. That they send there is for whoever lets them forward to judge; that
 * somebody comes to them from there only where a rule of theirs led him, since it is by us that the host forwards there at all.
 */
const BESIDE_US: readonly Rule[] = [
  rule('others-leave', COMES_BY_OTHER, LEAVES_FOR_OUTSIDE, COUNTER, ACCEPT),
  rule('others-published', COMES_FROM_OUTSIDE, LEAVES_BY_OTHER, TRANSLATED, COUNTER, ACCEPT),
];

/**
 * In and out by the same bridge: with br_netfilter a frame between two of its ports, which is not for the bridge's own MAC. One
 * that is for it has come to be routed, and is judged. So is one that was for it until it was translated: br_netfilter gives it
 * the MAC of its new destination and sends it there without a route.
 */
function switched(known: boolean): Rule {
  const pair = match(together(meta('iifname'), meta('oifname')), `@${BRIDGES}`);
  const elsewhere = match(together(meta('iifname'), payload('ether', 'daddr')), `@${STATIONS}`, '!=');
  return rule('switched', pair, ...(known ? [elsewhere] : []), COUNTER, { jump: { target: SWITCHED } });
}

const LEFT_ALONE = regularChain([rule('translated', TRANSLATED, COUNTER, RETURN), rule('switched', COUNTER, ACCEPT)]);

function bridgeSets(bridges: HostStack['nics']): Record<string, NamedSet> {
  const pairs = bridges.map(({ device }): SetElement => ({ key: [device, device], id: null, value: null }));
  const stations = bridges.flatMap(({ device, mac }): SetElement[] =>
    mac === null ? [] : [{ key: [device, mac], id: null, value: null }],
  );
  const plain = { data: null, interval: false, counter: false };
  return {
    ...(pairs.length === 0 ? {} : { [BRIDGES]: { ...plain, key: ['ifname', 'ifname'], elements: pairs } }),
    ...(stations.length === 0 ? {} : { [STATIONS]: { ...plain, key: ['ifname', 'ether_addr'], elements: stations } }),
  };
}

/** The outer packets of the host's VXLAN networks: what is in them comes in again, by its own interface. */
function tunnelled({ underlayDevice, local, remotes, port }: Tunnel): Rule {
  const family = familyOf(local);
  return rule(
    'vxlan',
    match(meta('iifname'), underlayDevice),
    match(source(family), oneOf(remotes)),
    match(destination(family), local),
    match(payload('udp', 'dport'), port),
    COUNTER,
    ACCEPT,
  );
}

/** What the guard of a stack of our own accepts goes on here, to be judged. */
function returning({ id, expr }: Rule): Rule {
  return { id, expr: expr.map((each) => ('accept' in each ? RETURN : each)) };
}
