/** What members of a cluster say to each other, and to nobody else: adverts, from the other's own address on the network. */
import type { Family } from '../../core/address.ts';
import type { NamedSet, Rule, SetElement } from '../../core/nft/ast.ts';
import {
  ACCEPT,
  COUNTER,
  destination,
  match,
  meta,
  oneOf,
  payload,
  PROTOCOL,
  rule,
  source,
  together,
} from '../../core/nft/write.ts';
import { SYNC_PORT } from '../link-failover.ts';
import type { GatewayView } from '../nft-gateway.ts';
import { FAMILIES } from '../nft-gateway.ts';
import { addressType } from '../nft-publish.ts';

/** RFC 9568, 5.1.1.2 and 5.1.2.2. */
const EVERY_ROUTER: Readonly<Record<Family, string>> = { 4: '224.0.0.18', 6: 'ff02::12' };

/** Interface and source of each. */
export function peerElements({ speakers }: GatewayView, family: Family): readonly SetElement[] {
  return speakers
    .filter((each) => each.family === family)
    .flatMap(({ device, peers }) => peers.map((peer) => ({ key: [device, peer], id: null, value: null })));
}

export function adverts(view: GatewayView): {
  readonly rules: readonly Rule[];
  readonly sets: Record<string, NamedSet>;
} {
  const families = FAMILIES.map((family) => advertsOf(view, family)).filter(({ elements }) => elements.length > 0);
  return {
    rules: [...families.map(({ advert }) => advert), ...told(view)],
    sets: Object.fromEntries(
      families.map(({ name, family, elements }) => [
        name,
        { key: ['ifname', addressType(family)], data: null, interval: false, counter: false, elements: [...elements] },
      ]),
    ),
  };
}

/** Flows that the other member tells of. */
function told({ sync }: GatewayView): readonly Rule[] {
  if (sync === undefined) return [];
  return [
    rule(
      'flows-told',
      match(meta('iifname'), sync.device),
      match(source(4), sync.peer),
      match(destination(4), sync.source),
      match(payload('udp', 'dport'), SYNC_PORT),
      COUNTER,
      ACCEPT,
    ),
  ];
}

function advertsOf(view: GatewayView, family: Family) {
  const name = `peers-${String(family)}`;
  const own = view.speakers.flatMap((each) => (each.family === family && each.source !== null ? [each.source] : []));
  const unicast = view.gateway.failover.adverts === 'unicast' && family === 4;
  const advert = rule(
    `adverts-${String(family)}`,
    match(PROTOCOL, 'vrrp'),
    match(together(meta('iifname'), source(family)), `@${name}`),
    match(destination(family), unicast ? oneOf(own) : EVERY_ROUTER[family]),
    COUNTER,
    ACCEPT,
  );
  return { name, family, advert, elements: peerElements(view, family) };
}
