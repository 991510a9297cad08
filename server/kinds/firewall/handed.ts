/**
 * What `intercept` adds to the filter: which flows are handed to which proxy, and that both connections of a flow are judged as
 * what they are, the client's way to the server.
 */
import { digest } from '../../core/hash.ts';
import type { Chain, NamedSet, Rule, Spread } from '../../core/nft/ast.ts';
import {
  ACCEPT,
  baseChain,
  conntrackState,
  COUNTER,
  destination,
  FLOW_MARK,
  FLOW_ZONE,
  match,
  meta,
  oneOf,
  ONWARD,
  PACKET_MARK,
  payload,
  prefixValue,
  regularChain,
  REPLY,
  rule,
  setMark,
  source,
  together,
} from '../../core/nft/write.ts';
import { HANDED_ZONE } from '../../flow/mark.ts';
import type { GatewayPort, GatewayView } from '../nft-gateway.ts';
import { inFamily } from '../nft-gateway.ts';
import type { Handing } from '../nft-intercept.ts';
import { byDevice, isAnswered, isRelayed, isTaken, keptSets, sourcesOf } from '../nft-intercept.ts';
import { DEFAULT_DROP } from './basics.ts';
import type { PolicyPair } from './pairs.ts';

export interface Handed {
  /** Sources that belong behind the interface of the proxies after all. */
  readonly guard: readonly Rule[];
  readonly marks: readonly Rule[];
  /** In front of policy between networks. */
  readonly forward: readonly Rule[];
  readonly chains: Record<string, Chain>;
  readonly sets: Record<string, NamedSet>;
}

export function handed(view: GatewayView, handings: readonly Handing[], pairs: readonly PolicyPair[]): Handed {
  if (handings.length === 0) return { guard: [], marks: [], forward: [], chains: {}, sets: {} };
  const from = [...new Map(handings.flatMap((each) => each.from.map((port) => [port.device, port]))).values()];
  return {
    guard: handings.flatMap((each) =>
      byDevice(each).flatMap((proxies) => [
        rule('relayed', ...isRelayed(each, proxies), COUNTER, ACCEPT),
        rule('answered', ...isAnswered(each, proxies), COUNTER, ACCEPT),
      ]),
    ),
    marks: markRules(view, handings),
    forward: handings.flatMap(judgedAs),
    chains: {
      'zone-prerouting': zones(handings),
      ...Object.fromEntries(from.map((port) => [chainName(port), judging(port, pairs)])),
    },
    sets: keptSets(view, handings),
  };
}

/** Before conntrack (-200) looks for the flow. */
function zones(handings: readonly Handing[]): Chain {
  const apart = setMark(FLOW_ZONE, HANDED_ZONE);
  return baseChain({ type: 'filter', hook: 'prerouting', priority: -250, policy: 'accept' }, [
    ...handings.flatMap((each) =>
      byDevice(each).map((proxies) => rule('relayed', ...isRelayed(each, proxies), COUNTER, ACCEPT)),
    ),
    ...handings.flatMap((each) => [
      rule('taken', ...isTaken(each), COUNTER, apart),
      ...byDevice(each).map((proxies) => rule('answered', ...isAnswered(each, proxies), COUNTER, apart)),
    ]),
  ]);
}

function markRules(view: GatewayView, handings: readonly Handing[]): readonly Rule[] {
  const begins = handings.flatMap((each) => [
    rule('taken', ...isTaken(each), conntrackState('new'), COUNTER, setMark(FLOW_MARK, spread(view, each))),
    ...each.proxies.map((proxy) =>
      rule('relayed', ...isRelayed(each, [proxy]), conntrackState('new'), COUNTER, setMark(FLOW_MARK, proxy.relayed)),
    ),
  ]);
  const numbers = new Map(handings.flatMap(({ proxies }) => proxies.map(({ mark, relayed }) => [mark, relayed])));
  const goes = [...numbers].flatMap(([mark, relayed]) => [
    rule('handed', ONWARD, match(FLOW_MARK, mark), COUNTER, setMark(PACKET_MARK, mark)),
    rule('relayed-back', REPLY, match(FLOW_MARK, relayed), COUNTER, setMark(PACKET_MARK, mark)),
  ]);
  return [...begins, ...goes];
}

/** By the flow's own values, and not by turns: another member of a cluster that takes over comes to the same proxy. */
function spread({ gateway }: GatewayView, { intercept, family, protocol, proxies }: Handing): number | Spread {
  if (proxies.length === 1) return intercept.mark;
  const expr = together(source(family), destination(family), payload(protocol, 'sport'), payload(protocol, 'dport'));
  const seed = digest('intercept', gateway.name, intercept.id).readUInt32BE(0);
  return { jhash: { mod: proxies.length, seed, offset: intercept.mark, expr } };
}

function chainName({ network }: GatewayPort): string {
  return `handed/${network.name}`;
}

/** By the addresses alone: to a proxy everything leaves by the same interface, and comes back by it. */
function judgedAs(handing: Handing): readonly Rule[] {
  const { family, from, proxies } = handing;
  const [marks, relayed] = [proxies.map(({ mark }) => mark), proxies.map((proxy) => proxy.relayed)];
  return from.flatMap((port) => {
    const judge = { jump: { target: chainName(port) } };
    const sources = inFamily(family, sourcesOf(port)).map(prefixValue);
    return [
      rule('taken', match(meta('iifname'), port.device), match(PACKET_MARK, oneOf(marks)), COUNTER, judge),
      rule('relayed', match(source(family), oneOf(sources)), match(FLOW_MARK, oneOf(relayed)), COUNTER, judge),
    ];
  });
}

function judging(port: GatewayPort, pairs: readonly PolicyPair[]): Chain {
  const own = pairs.filter(({ from }) => from === port);
  return regularChain([
    ...own.flatMap(({ denials }) => denials),
    ...own.flatMap(({ passing }) => passing),
    DEFAULT_DROP,
  ]);
}
