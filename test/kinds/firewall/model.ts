/** Models for the firewall's and NAT's cases: a gateway between networks, put together from a few words. */
import type { InterfaceAddress, Prefix } from '../../../server/core/address.ts';
import { familyOf, prefixContains } from '../../../server/core/address.ts';
import type {
  Gateway,
  GatewayNic,
  Host,
  Masquerade,
  Model,
  Network,
  OneToOne,
  PolicyEntry,
  Publish,
  Service,
  Zone,
} from '../../../server/flow/model.ts';
import { blankGateway, blankHost, blankNetwork } from '../../support/blank.ts';

const place = { file: 'shop.yaml', line: 1, column: 1 };

export interface Shape {
  /** Subnets by network; a name that starts with `wan` is external, `p3:shop` lies in realm p3. */
  readonly networks: Readonly<Record<string, readonly Prefix[]>>;
  /** The gateway's addresses by network; NAT-only ones behind `+`. */
  readonly gateway: Readonly<Record<string, readonly string[]>>;
  readonly policy?: readonly PolicyEntry[];
  readonly publishes?: readonly Publish[];
  readonly masquerades?: readonly Masquerade[];
  readonly oneToOnes?: readonly OneToOne[];
  readonly namespace?: string;
}

export const HOST = 'gw-x';

export function modelOf(shape: Shape): Model {
  const networks = Object.entries(shape.networks).map(([key, subnets]): [string, Network] => {
    const [realm, name] = key.includes(':') ? (key.split(':', 2) as [string, string]) : ['main', key];
    return [
      name,
      {
        ...blankNetwork(name),
        realm,
        external: name.startsWith('wan'),
        subnets: subnets.map((prefix) => ({ prefix, router: null })),
        ipv6: subnets.some((prefix) => familyOf(prefix) === 6),
      },
    ];
  });
  const byName = new Map(networks);
  const namespace = shape.namespace ?? 'vgw-1';
  const own = Object.keys(shape.gateway).map((network) => ({
    network,
    device: network,
    mac: '02:00:00:00:00:01',
    own: [],
  }));
  const gateway: Gateway = {
    ...blankGateway('vgw-1', namespace, []),
    members: [{ name: `vgw-1@${HOST}`, host: HOST, namespace, nics: own }],
    nics: Object.entries(shape.gateway).map(([network, addresses]) => nicOf(byName, network, addresses)),
    masquerades: shape.masquerades ?? [],
    oneToOnes: shape.oneToOnes ?? [],
    publishes: shape.publishes ?? [],
  };
  return {
    topology: 'shop',
    description: null,
    networks: byName,
    hosts: new Map([[HOST, hostOf(namespace)]]),
    guests: new Map(),
    gateways: new Map([['vgw-1', gateway]]),
    policy: shape.policy ?? [],
    expectations: [],
    missing: [],
  };
}

export function hostIn(model: Model): Host {
  const host = model.hosts.get(HOST);
  if (host === undefined) throw new Error('no host');
  return host;
}

/** `allow(['443/tcp'], [inside('shop', '10.1.1.0/24')], [internet('wan')])` */
export function allow(
  id: string,
  services: readonly string[],
  from: readonly Zone[],
  to: readonly Zone[],
): PolicyEntry {
  return entry('allow', id, services, from, to);
}

export function deny(
  id: string,
  services: readonly string[],
  from: readonly Zone[],
  to: readonly Zone[],
  more: { readonly log?: boolean; readonly reject?: boolean } = {},
): PolicyEntry {
  return { ...entry('deny', id, services, from, to), ...more };
}

export function inside(network: string, ...prefixes: readonly Prefix[]): Zone {
  return { network, internet: false, prefixes };
}

export function internet(network: string, ...prefixes: readonly Prefix[]): Zone {
  return { network, internet: true, prefixes: prefixes.length === 0 ? null : prefixes };
}

/** `publish('web', '192.0.2.11', '443/tcp', 'shop', '10.1.1.10', 8443)` */
export function publish(
  id: string,
  listen: string,
  service: string,
  network: string,
  address: string,
  port: number | null = null,
  from: readonly Prefix[] | null = null,
): Publish {
  const [read] = serviceOf(service);
  if (read === undefined || !('ports' in read) || read.ports[0] === undefined)
    throw new Error(`not a port: ${service}`);
  return {
    id,
    place,
    text: service,
    listen,
    protocol: read.protocol,
    ports: read.ports[0],
    target: { guest: null, network, address, port },
    from,
  };
}

export function masquerade(id: string, from: string, to: string, source: Masquerade['source']): Masquerade {
  return { id, place, from, to, source };
}

function entry(
  verdict: 'allow' | 'deny',
  id: string,
  services: readonly string[],
  from: readonly Zone[],
  to: readonly Zone[],
): PolicyEntry {
  return {
    id,
    place,
    text: id,
    verdict,
    services: services.flatMap(serviceOf),
    from,
    to,
    log: false,
    reject: false,
  };
}

function serviceOf(text: string): readonly Service[] {
  if (text === 'any' || text === 'icmp') return [{ protocol: text }];
  const [ports, protocol] = text.split('/', 2);
  if (ports === undefined || (protocol !== 'tcp' && protocol !== 'udp')) throw new Error(`not a service: ${text}`);
  return [
    {
      protocol,
      ports: ports.split(',').map((range) => {
        const [first, last] = range.split('-').map(Number);
        if (first === undefined) throw new Error(`no port in ${text}`);
        return { first, last: last ?? first };
      }),
    },
  ];
}

function nicOf(networks: ReadonlyMap<string, Network>, network: string, addresses: readonly string[]): GatewayNic {
  const subnets = networks.get(network)?.subnets ?? [];
  const withLength = (address: string): InterfaceAddress => {
    const subnet = subnets.find((each) => prefixContains(each.prefix, address));
    if (subnet === undefined) throw new Error(`${address} is in no subnet of ${network}`);
    return `${address}/${subnet.prefix.split('/')[1] ?? ''}`;
  };
  return {
    network,
    place,
    routerId: null,
    mtu: 1500,
    ipv6: networks.get(network)?.ipv6 ?? false,
    addresses: addresses.filter((each) => !each.startsWith('+')).map(withLength),
    behind: [],
    natAddresses: addresses
      .filter((each) => each.startsWith('+'))
      .map((each) => `${each.slice(1)}/${familyOf(each) === 4 ? '32' : '128'}`),
  };
}

function hostOf(namespace: string): Host {
  return { ...blankHost(HOST), namespaces: [{ name: namespace, gateway: 'vgw-1', place }] };
}
