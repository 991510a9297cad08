/**
 * In: the ways out of a node, as settled. Out: its routes and source rules as the model has them, with the interface that each
 * leaves by and the number of each further table.
 */
import type { Address } from '../core/address.ts';
import { addressPart, familyOf } from '../core/address.ts';
import { routingTables } from '../flow/mark.ts';
import type { GatewayNic, Intercept, OneToOne, Route, Routing, SourceRouting } from '../flow/model.ts';
import type { GatewayEntry, Topology } from '../flow/topology.ts';
import type { Ways } from './passes/nodes-have-one-way-out.ts';
import { everything } from './prefixes.ts';
import { compareText } from './report.ts';

export interface RoutedStack {
  readonly topology: string;
  readonly deviceOn: (network: string) => string | undefined;
  /** What leaves by a NIC of that network because it came in there, by address. */
  readonly sourcesOn: (network: string) => readonly Address[];
  /** Sets its tables apart from those of others in the same network stack. */
  readonly block: number;
  readonly forwards: boolean;
}

const BLOCK = 256;

export function buildRouting({ defaults, routes, sources }: Ways, stack: RoutedStack): Routing {
  const all = [...routes, ...defaults.map((way) => ({ ...way, to: everything(familyOf(way.via)) }))];
  const networks = [...new Set(sources.map((way) => way.network))].sort(compareText);
  return {
    routes: all
      .flatMap(({ to, via, network }): Route[] => {
        const device = stack.deviceOn(network);
        return device === undefined ? [] : [{ to, via, network, device }];
      })
      .sort((a, b) => familyOf(a.to) - familyOf(b.to) || compareText(a.to, b.to)),
    sources: sources
      .flatMap(({ network, via }): SourceRouting[] => {
        const device = stack.deviceOn(network);
        const family = familyOf(via);
        const from = [...new Set(stack.sourcesOn(network))]
          .filter((each) => familyOf(each) === family)
          .sort(compareText);
        const number = stack.block * BLOCK + networks.indexOf(network) + 1;
        const { first } = routingTables(stack.topology);
        const mark = stack.forwards ? number : null;
        return device === undefined ? [] : [{ network, device, family, from, via, table: first + number, mark }];
      })
      .sort((a, b) => compareText(a.network, b.network) || a.family - b.family),
  };
}

/** Behind the numbers of networks in the gateway's block, which are as many as it has NICs. */
export function interceptMark(block: number, index: number): number {
  return block * BLOCK + BLOCK / 2 + index;
}

/** Packets for a proxy go there wherever they are for; by a table for each. */
export function interceptSources(
  topology: string,
  intercepts: readonly Intercept[],
  deviceOn: RoutedStack['deviceOn'],
): readonly SourceRouting[] {
  const { first } = routingTables(topology);
  return intercepts.flatMap(({ targets, mark }) =>
    ([4, 6] as const).flatMap((family) =>
      targets
        .filter(({ address }) => familyOf(address) === family)
        .flatMap(({ network, address }, index): SourceRouting[] => {
          const [device, number] = [deviceOn(network), mark + index];
          if (device === undefined) return [];
          const to = { network, device, family, from: [], via: address };
          return [{ ...to, table: first + number, mark: number, always: true }];
        }),
    ),
  );
}

/** The gateway's own addresses on a network, and those inside that a one-to-one of it lets appear there. */
export function gatewaySources(
  network: string,
  nics: readonly GatewayNic[],
  oneToOnes: readonly OneToOne[],
): readonly Address[] {
  const own = nics
    .filter((nic) => nic.network === network)
    .flatMap((nic) => [...nic.addresses, ...nic.natAddresses].map(addressPart));
  return [...own, ...oneToOnes.filter((each) => each.external === network).map((each) => each.inside)];
}

/** A host has block 0 of its stack; the gateways that run in it, which may be several, have one each. */
export function gatewayBlock(topology: Topology, gateway: GatewayEntry): number {
  if (gateway.runs.value !== 'host') return 0;
  const inHosts = [...topology.gateways.values()].filter((each) => each.runs.value === 'host').map((each) => each.name);
  return (inHosts.sort(compareText).indexOf(gateway.name) % (BLOCK - 1)) + 1;
}
