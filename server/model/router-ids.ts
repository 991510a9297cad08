/**
 * The number by which the members of a cluster know each other's adverts on one network (VRID, RFC 9568): each cluster has one of
 * its own there, chosen by name, so that it stays what it is when others come and go.
 */
import type { Topology } from '../flow/topology.ts';
import { membersOf } from './address-claims.ts';
import { chooseNumbers } from './choose-numbers.ts';

/** From 1 to 255 (RFC 9568, 5.2.3). */
export const ROUTER_IDS = 255;

/** `undefined` where the gateway is no cluster, or where more of them meet on the network than there are numbers. */
export type RouterIds = (gateway: string, network: string) => number | undefined;

export function settleRouterIds(topology: Topology): RouterIds {
  const clusters = [...topology.gateways.values()].filter((gateway) => membersOf(gateway).length > 1);
  const met = clusters.flatMap(({ name, nics }) => [...nics.keys()].map((network) => ({ name, network })));
  const chosen = new Map(
    [...Map.groupBy(met, ({ network }) => network)].map(([network, list]) => [
      network,
      chooseNumbers(
        list.map(({ name }) => name),
        `router-id ${topology.name}`,
        ROUTER_IDS,
        new Set(),
      ),
    ]),
  );
  return (gateway, network) => {
    const number = chosen.get(network)?.get(gateway);
    return number === undefined ? undefined : number + 1;
  };
}
