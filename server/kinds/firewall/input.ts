/** What reaches the gateway itself: judged like any flow, its addresses being part of the networks that they lie in. */
import type { Address, Family } from '../../core/address.ts';
import { addressPart, familyOf } from '../../core/address.ts';
import type { Chain, NamedSet, Rule, SetElement } from '../../core/nft/ast.ts';
import {
  ACCEPT,
  baseChain,
  COUNTER,
  destination,
  match,
  meta,
  payload,
  regularChain,
  rule,
  together,
} from '../../core/nft/write.ts';
import type { GatewayPort, GatewayView } from '../nft-gateway.ts';
import { FAMILIES, inFamily, ownAddresses } from '../nft-gateway.ts';
import { addressType, portValue } from '../nft-publish.ts';
import { DEFAULT_DROP, INVALID, NEIGHBOUR_DISCOVERY, PACKET_TOO_BIG, REPLIES } from './basics.ts';
import type { FilterPart } from './forward.ts';
import type { PolicyPair } from './pairs.ts';
import { pairName } from './pairs.ts';
import { adverts } from './peers.ts';
import { questions } from './questions.ts';

/** @param beside in a stack that is not wholly ours, what comes before all else; the policy is accept there. */
export function inputChain(view: GatewayView, pairs: readonly PolicyPair[], beside?: readonly Rule[]): FilterPart {
  const chains: Record<string, Chain> = {};
  const families = FAMILIES.map((family) => inputFamily(view, pairs, family, chains));
  const fromPeers = adverts(view);
  const asked = questions(view);
  const policy = beside === undefined ? 'drop' : 'accept';
  const chain = baseChain({ type: 'filter', hook: 'input', priority: 0, policy }, [
    ...(beside ?? [rule('loopback', match(meta('iifname'), 'lo'), COUNTER, ACCEPT)]),
    ...REPLIES,
    NEIGHBOUR_DISCOVERY,
    PACKET_TOO_BIG,
    INVALID,
    ...fromPeers.rules,
    ...families.flatMap((each) => each.policy),
    ...families.flatMap((each) => each.echo),
    ...asked.rules,
    ...withoutTargets(view),
    DEFAULT_DROP,
  ]);
  return {
    chain,
    chains,
    sets: Object.assign({ ...fromPeers.sets, ...asked.sets }, ...families.map((each) => each.sets)) as Record<
      string,
      NamedSet
    >,
  };
}

/** What is sent to a balanced service gets here where none of its targets is alive: whoever asks is told at once. */
function withoutTargets({ gateway }: GatewayView): readonly Rule[] {
  return gateway.balances
    .filter(({ health }) => health !== 'none')
    .map(({ id, listen, protocol, ports }) =>
      rule(
        id,
        match(destination(familyOf(listen)), listen),
        match(payload(protocol, 'dport'), portValue(ports)),
        COUNTER,
        { reject: { type: 'tcp reset' } },
      ),
    );
}

interface InputFamily {
  readonly policy: readonly Rule[];
  readonly echo: readonly Rule[];
  readonly sets: Record<string, NamedSet>;
}

function inputFamily(
  view: GatewayView,
  pairs: readonly PolicyPair[],
  family: Family,
  chains: Record<string, Chain>,
): InputFamily {
  const arrival = together(meta('iifname'), destination(family));
  const [judged, own] = [`input-pairs-${String(family)}`, `own-${String(family)}`];
  const verdicts: SetElement[] = [];
  for (const pair of pairs) {
    const name = `policy/${pairName(pair.from, pair.to)}`;
    for (const address of addressesOf(view, pair.to, family)) {
      chains[name] = regularChain([...pair.denials, ...pair.permissions]);
      verdicts.push({ key: [pair.from.device, address], id: null, value: { jump: { target: name } } });
    }
  }
  const addresses = view.ports.flatMap((port) =>
    addressesOf(view, port, family).map((address) => ({ key: [port.device, address], id: null, value: null })),
  );
  const type = addressType(family);
  const sets: [string, NamedSet][] = [
    [judged, { key: ['ifname', type], data: 'verdict', interval: false, counter: false, elements: verdicts }],
    [own, { key: ['ifname', type], data: null, interval: false, counter: false, elements: addresses }],
  ];
  const echo = match(payload(family === 4 ? 'icmp' : 'icmpv6', 'type'), 'echo-request');
  return {
    policy: verdicts.length > 0 ? [rule('policy', COUNTER, { vmap: { key: arrival, data: `@${judged}` } })] : [],
    echo: addresses.length > 0 ? [rule('echo', match(arrival, `@${own}`), echo, COUNTER, ACCEPT)] : [],
    sets: Object.fromEntries(sets.filter(([, set]) => set.elements.length > 0)),
  };
}

/** What is sent to the outside of a one-to-one never gets here: it is for somebody inside. */
function addressesOf({ gateway, host }: GatewayView, port: GatewayPort, family: Family): readonly Address[] {
  const elsewhere = new Set(gateway.oneToOnes.map((each) => each.outside));
  const hosts = host?.nics.filter(({ device }) => device === port.device).flatMap((nic) => nic.addresses) ?? [];
  const own = [...ownAddresses(port.nic), ...hosts.map(addressPart)].filter((address) => !elsewhere.has(address));
  return inFamily(family, [...new Set(own)]);
}
