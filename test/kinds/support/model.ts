/**
 * One host with one of everything that link kinds make: a VLAN-aware bridge with an uplink, a plain one, a VXLAN network,
 * host NICs on each sort of device, guests, and a gateway with IPv6 on one of its networks.
 */
import { familyOf } from '../../../server/core/address.ts';
import { routingTables } from '../../../server/flow/mark.ts';
import type {
  Attachment,
  Gateway,
  GatewayNic,
  Host,
  HostNic,
  Model,
  Network,
  SourceRouting,
} from '../../../server/flow/model.ts';
import { blankGateway, blankHost, blankNetwork } from '../../support/blank.ts';

const place = { file: 'shop.yaml', line: 1, column: 1 };

export const network = (name: string, more: Partial<Network> = {}): Network => ({
  ...blankNetwork(name),
  place,
  ...more,
});

export const hostNic = (name: string, device: string, on: HostNic['on'], addresses: readonly string[]): HostNic => ({
  network: name,
  place,
  device,
  on,
  mac: null,
  mtu: 1500,
  addresses,
  ipv6: addresses.some((each) => each.includes(':')),
});

export const attachment = (
  owner: Attachment['owner'],
  name: string,
  bridge: string,
  vid: number | null,
  peer: Attachment['peer'],
): Attachment => ({
  owner,
  network: name,
  place,
  device: `p${owner.name}-${name}`,
  bridge,
  vid,
  isolated: false,
  mtu: 1500,
  peer,
});

export const gatewayNic = (name: string, addresses: readonly string[], more: Partial<GatewayNic> = {}): GatewayNic => ({
  network: name,
  place,
  routerId: null,
  mtu: 1500,
  ipv6: addresses.some((each) => each.includes(':')),
  addresses,
  behind: [],
  natAddresses: [],
  ...more,
});

/** Interfaces are called as their networks; the MACs count up from `02:00:00:00:01:01`. */
export const gateway = (name: string, namespace: string, host: string, nics: readonly GatewayNic[]): Gateway => ({
  ...blankGateway(name, namespace, []),
  place,
  members: [
    {
      name: `${name}@${host}`,
      host,
      namespace,
      nics: nics.map(({ network: device }, index) => ({
        network: device,
        device,
        mac: `02:00:00:00:01:0${String(index + 1)}`,
        own: [],
      })),
    },
  ],
  nics,
});

export const emptyHost = (name: string): Host => ({ ...blankHost(name), place });

export const modelOf = (host: Host, gateways: readonly Gateway[] = [], networks: readonly Network[] = []): Model => ({
  topology: 'shop',
  description: null,
  networks: new Map(networks.map((each) => [each.name, each])),
  hosts: new Map([[host.name, host]]),
  guests: new Map(),
  gateways: new Map(gateways.map((each) => [each.name, each])),
  policy: [],
  expectations: [],
  missing: [],
});

/** By a table of the topology `shop`. */
const source = (name: string, device: string, from: string, via: string, mark: number | null): SourceRouting => ({
  network: name,
  device,
  family: familyOf(from),
  from: [from],
  via,
  table: routingTables('shop').first + 1,
  mark,
});

/** @param vlans whether the kernel can filter VLANs: otherwise what needs that is left out. */
export function everything(vlans: boolean): { readonly model: Model; readonly host: Host } {
  const vgw = gateway('vgw', 'shop-vgw', 'gw-x', [
    gatewayNic('wan', ['192.0.2.11/24', '2001:db8::11/64'], { natAddresses: ['192.0.2.12/32'] }),
    gatewayNic('shop', ['10.1.1.1/24']),
  ]);
  const ends = (bridge: string, vid: number | null): readonly Attachment[] => [
    attachment({ type: 'gateway', name: 'vgw' }, 'shop', bridge, vid, {
      device: 'shop',
      namespace: 'shop-vgw',
      mac: '02:00:00:00:01:02',
    }),
    attachment({ type: 'guest', name: 'web' }, 'shop', bridge, vid, {
      device: 'web-shop',
      namespace: null,
      mac: '02:00:00:00:02:01',
    }),
  ];
  const trunk = vlans
    ? {
        name: 'br0',
        place,
        device: 'br0',
        existing: false,
        mac: '02:00:00:00:00:01',
        mtu: 1500,
        vlanAware: true,
        uplinks: [{ device: 'eno1', place, fabric: 'default', bond: false, takeover: false }],
        carries: [
          { network: 'mgmt', vid: 20, tagged: true },
          { network: 'native', vid: 4094, tagged: false },
          { network: 'shop', vid: 101, tagged: true },
        ],
      }
    : {
        name: 'br0',
        place,
        device: 'br0',
        existing: false,
        mac: '02:00:00:00:00:01',
        mtu: 1500,
        vlanAware: false,
        uplinks: [{ device: 'eno1', place, fabric: 'default', bond: false, takeover: false }],
        carries: [{ network: 'shop', vid: null, tagged: false }],
      };
  const plain = (device: string, mac: string, name: string) => ({
    name: device,
    place,
    device,
    existing: false,
    mac,
    mtu: 1500,
    vlanAware: false,
    uplinks: [],
    carries: [{ network: name, vid: null, tagged: false }],
  });
  const mgmt = vlans
    ? hostNic('mgmt', 'br0-mgmt', { type: 'vlan', bridge: 'br0', vid: 20 }, ['10.0.20.11/24'])
    : hostNic('mgmt', 'br-mgmt', { type: 'bridge', bridge: 'br-mgmt' }, ['10.0.20.11/24']);
  const host: Host = {
    ...emptyHost('gw-x'),
    bridges: [
      trunk,
      plain('br-wan', '02:00:00:00:00:02', 'wan'),
      ...(vlans ? [] : [plain('br-mgmt', '02:00:00:00:00:03', 'mgmt')]),
      { ...plain('vx-far-br', '02:00:00:00:00:04', 'far'), name: null, mtu: 1450 },
    ],
    nics: [mgmt, { ...hostNic('lan', 'eno2', { type: 'port', takeover: false }, ['10.7.0.5/24', '2001:db8:7::5/64']) }],
    attachments: [
      attachment({ type: 'gateway', name: 'vgw' }, 'wan', 'br-wan', null, {
        device: 'wan',
        namespace: 'shop-vgw',
        mac: '02:00:00:00:01:01',
      }),
      ...ends('br0', vlans ? 101 : null),
    ],
    tunnels: [
      {
        network: 'far',
        place,
        device: 'vx-far',
        bridge: 'vx-far-br',
        vni: 5000,
        mtu: 1450,
        port: 4789,
        local: '10.0.20.11',
        underlayDevice: mgmt.device,
        remotes: ['10.0.20.12', '10.0.20.13'],
      },
    ],
    namespaces: [{ name: 'shop-vgw', gateway: 'vgw', place }],
    routing: {
      routes: [
        { to: '0.0.0.0/0', via: '10.0.20.1', network: 'mgmt', device: mgmt.device },
        { to: '10.66.0.0/16', via: '10.7.0.1', network: 'lan', device: 'eno2' },
      ],
      sources: [
        source('lan', 'eno2', '10.7.0.5', '10.7.0.1', null),
        source('lan', 'eno2', '2001:db8:7::5', '2001:db8:7::1', null),
      ],
    },
  };
  const routed: Gateway = {
    ...vgw,
    routing: {
      routes: [
        { to: '0.0.0.0/0', via: '192.0.2.1', network: 'wan', device: 'wan' },
        { to: '::/0', via: '2001:db8::1', network: 'wan', device: 'wan' },
        { to: '10.50.0.0/16', via: '10.1.1.254', network: 'shop', device: 'shop' },
      ],
      sources: [source('shop', 'shop', '10.1.1.1', '10.1.1.254', 1)],
    },
  };
  const subnet = (prefix: string, router: string | null = null) => ({ prefix, router });
  const networks = [
    network('wan', {
      external: true,
      ipv6: true,
      subnets: [subnet('192.0.2.0/24', '192.0.2.1'), subnet('2001:db8::/64', '2001:db8::1')],
    }),
    network('shop', {
      subnets: [subnet('10.1.1.0/24', '10.1.1.1')],
      dhcp: { gateway: 'vgw', domain: 'shop.internal', upstream: ['192.0.2.53'] },
    }),
    network('mgmt', { subnets: [subnet('10.0.20.0/24')] }),
    network('far', {
      subnets: [subnet('10.9.0.0/24')],
      transport: { type: 'vxlan', vni: 5000, underlay: 'mgmt' },
      mtu: 1450,
    }),
    network('lan', { subnets: [subnet('10.7.0.0/24'), subnet('2001:db8:7::/64')], ipv6: true }),
  ];
  return { model: modelOf(host, [routed], networks), host };
}
