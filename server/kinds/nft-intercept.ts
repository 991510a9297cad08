/**
 * What a gateway hands to transparent proxies, as its tables see it. A connection that is taken goes by the gateway twice: the
 * client's own, which the proxy answers in the server's name, and the one that the proxy opens in the client's name. Both have the
 * same addresses, maybe the same ports too, so the first is tracked in a zone of its own. Marks say the rest: a flow that is
 * handed over has the number of its proxy, one that a proxy has opened that number and `RELAYED`; packets with a number go to that
 * proxy whatever they are for.
 */
import type { Address, Family } from '../core/address.ts';
import { addressPart, familyOf } from '../core/address.ts';
import type { Interval, NamedSet, Statement } from '../core/nft/ast.ts';
import { mergeIntervals } from '../core/nft/interval.ts';
import { destination, match, meta, oneOf, payload, prefixValue, source } from '../core/nft/write.ts';
import { RELAYED } from '../flow/mark.ts';
import type { Intercept, Model } from '../flow/model.ts';
import type { GatewayPort, GatewayView } from './nft-gateway.ts';
import { FAMILIES, inFamily, ownAddresses, prefixesOf } from './nft-gateway.ts';
import { addressType, portValue } from './nft-publish.ts';

export interface Proxy {
  readonly port: GatewayPort;
  readonly address: Address;
  /** `null` where nobody knows it: of an address that no guest of the file has, or a machine that brings its own. */
  readonly mac: string | null;
  /** Of what is handed to it. */
  readonly mark: number;
  /** Of what it has opened itself. */
  readonly relayed: number;
}

/** One line of `intercept`, in one family and of one protocol. */
export interface Handing {
  readonly intercept: Intercept;
  readonly family: Family;
  readonly protocol: 'tcp' | 'udp';
  readonly ports: readonly Interval[];
  readonly from: readonly GatewayPort[];
  readonly proxies: readonly Proxy[];
}

export function handingsOf(model: Model, view: GatewayView): readonly Handing[] {
  return view.gateway.intercepts.flatMap((intercept) =>
    FAMILIES.flatMap((family) => {
      const from = intercept.from.flatMap((network) => view.byNetwork.get(network) ?? []);
      const own = from.filter((port) => inFamily(family, sourcesOf(port)).length > 0);
      const proxies = proxiesOf(model, view, intercept, family);
      if (own.length === 0 || proxies.length === 0) return [];
      return intercept.services.flatMap((service): Handing[] =>
        service.protocol === 'tcp' || service.protocol === 'udp'
          ? [
              {
                ...{ intercept, family, from: own, proxies, protocol: service.protocol },
                ports: service.ports.map(portValue),
              },
            ]
          : [],
      );
    }),
  );
}

function proxiesOf(model: Model, view: GatewayView, { targets, mark }: Intercept, family: Family): readonly Proxy[] {
  return targets
    .filter(({ address }) => familyOf(address) === family)
    .flatMap(({ guest, network, address }, index): Proxy[] => {
      const port = view.byNetwork.get(network);
      const nic = model.guests.get(guest ?? '')?.nics.find((each) => each.network === network);
      const mac = nic === undefined || nic.existing ? null : nic.mac;
      const number = mark + index;
      return port === undefined ? [] : [{ port, address, mac, mark: number, relayed: number + RELAYED }];
    });
}

/** Addresses that packets from a network may have. */
export function sourcesOf({ network, nic }: GatewayPort): readonly string[] {
  return [...prefixesOf(network), ...nic.behind];
}

export function clientsOf({ from, family }: Handing): readonly Interval[] {
  return mergeIntervals(
    addressType(family),
    from.flatMap((port) => inFamily(family, sourcesOf(port))).map(prefixValue),
  );
}

/** What a client sends, but for what the gateway itself answers, and what lies beside the proxies. */
export function isTaken(handing: Handing): readonly Statement[] {
  const { family, from, protocol, ports } = handing;
  return [
    match(meta('iifname'), oneOf(from.map(({ device }) => device))),
    match(payload(protocol, 'dport'), oneOf(ports)),
    match(destination(family), `@${keptName(family)}`, '!='),
  ];
}

/** What proxies send in the name of clients. */
export function isRelayed(handing: Handing, proxies: readonly Proxy[]): readonly Statement[] {
  return [
    ...comesFrom(proxies),
    match(source(handing.family), oneOf(clientsOf(handing))),
    match(payload(handing.protocol, 'dport'), oneOf(handing.ports)),
  ];
}

/** What proxies answer in the name of servers. */
export function isAnswered(handing: Handing, proxies: readonly Proxy[]): readonly Statement[] {
  const { family, protocol, ports } = handing;
  return [
    ...comesFrom(proxies),
    match(source(family), `@${keptName(family)}`, '!='),
    match(destination(family), oneOf(clientsOf(handing))),
    match(payload(protocol, 'sport'), oneOf(ports)),
  ];
}

/** Nobody else on their network, where their MACs are known. */
function comesFrom(proxies: readonly Proxy[]): readonly Statement[] {
  const macs = proxies.flatMap(({ mac }) => mac ?? []);
  return [
    match(meta('iifname'), oneOf([...new Set(proxies.map(({ port }) => port.device))])),
    ...(macs.length < proxies.length ? [] : [match(payload('ether', 'saddr'), oneOf([...new Set(macs)]))]),
  ];
}

/** By the interface that they are behind. */
export function byDevice({ proxies }: Handing): readonly (readonly Proxy[])[] {
  return [...Map.groupBy(proxies, ({ port }) => port.device).values()];
}

function keptName(family: Family): string {
  return `kept-${String(family)}`;
}

/** What is never taken, by family. */
export function keptSets(view: GatewayView, handings: readonly Handing[]): Record<string, NamedSet> {
  const { gateway, host, ports } = view;
  const own = [
    ...ports.flatMap(({ nic }) => ownAddresses(nic)),
    ...gateway.oneToOnes.map(({ outside }) => outside),
    ...[...gateway.publishes, ...gateway.balances].map(({ listen }) => listen),
    ...(host?.nics.flatMap(({ addresses }) => addresses.map(addressPart)) ?? []),
  ];
  const beside = handings.flatMap(({ proxies }) => proxies.flatMap(({ port }) => prefixesOf(port.network)));
  return Object.fromEntries(
    FAMILIES.filter((family) => handings.some((each) => each.family === family)).map((family): [string, NamedSet] => {
      const type = addressType(family);
      const all = [...inFamily(family, own), ...inFamily(family, beside).map(prefixValue)];
      const elements = mergeIntervals(type, all).map((key) => ({ key: [key], id: null, value: null }));
      return [keptName(family), { key: [type], data: null, interval: true, counter: false, elements }];
    }),
  );
}
