/**
 * One host with one of everything that link kinds make: a VLAN-aware bridge with an uplink, a plain one, a VXLAN network,
 * host NICs on each sort of device, guests, and a gateway with IPv6 on one of its networks.
 */
import type { Attachment, Gateway, GatewayNic, Host, HostNic, Model, Network } from '../../../server/flow/model.ts';

const place = { file: 'shop.yaml', line: 1, column: 1 };

export const network = (name: string, more: Partial<Network> = {}): Network => ({
  name,
  place,
  description: null,
  realm: 'main',
  external: false,
  transport: { type: 'untagged' },
  subnets: [],
  mtu: 1500,
  ipv6: false,
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
): Attachment => ({ owner, network: name, place, device: `p${owner.name}-${name}`, bridge, vid, mtu: 1500, peer });

export const gatewayNic = (name: string, addresses: readonly string[], more: Partial<GatewayNic> = {}): GatewayNic => ({
  network: name,
  place,
  device: name,
  mac: '02:00:00:00:01:01',
  mtu: 1500,
  ipv6: addresses.some((each) => each.includes(':')),
  addresses,
  natAddresses: [],
  ...more,
});

export const gateway = (name: string, namespace: string, host: string, nics: readonly GatewayNic[]): Gateway => ({
  name,
  place,
  description: null,
  runs: 'netns',
  members: [{ name: `${name}@${host}`, host, namespace }],
  nics,
  masquerades: [],
  publishes: [],
  defaultVia: [],
});

export const emptyHost = (name: string): Host => ({
  name,
  place,
  access: { type: 'local' },
  bridges: [],
  nics: [],
  attachments: [],
  tunnels: [],
  namespaces: [],
});

export const modelOf = (host: Host, gateways: readonly Gateway[] = [], networks: readonly Network[] = []): Model => ({
  topology: 'shop',
  description: null,
  networks: new Map(networks.map((each) => [each.name, each])),
  hosts: new Map([[host.name, host]]),
  guests: new Map(),
  gateways: new Map(gateways.map((each) => [each.name, each])),
  policy: [],
  expectations: [],
});

/** @param vlans whether the kernel can filter VLANs: otherwise what needs that is left out. */
export function everything(vlans: boolean): { readonly model: Model; readonly host: Host } {
  const vgw = gateway('vgw', 'shop-vgw', 'gw-x', [
    gatewayNic('wan', ['192.0.2.11/24', '2001:db8::11/64'], { natAddresses: ['192.0.2.12/32'] }),
    gatewayNic('shop', ['10.1.1.1/24'], { mac: '02:00:00:00:01:02' }),
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
        mac: '02:00:00:00:00:01',
        mtu: 1500,
        vlanAware: true,
        uplinks: [{ device: 'eno1', place, fabric: 'default' }],
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
        mac: '02:00:00:00:00:01',
        mtu: 1500,
        vlanAware: false,
        uplinks: [{ device: 'eno1', place, fabric: 'default' }],
        carries: [{ network: 'shop', vid: null, tagged: false }],
      };
  const plain = (device: string, mac: string, name: string) => ({
    name: device,
    place,
    device,
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
    nics: [mgmt, { ...hostNic('lan', 'eno2', { type: 'port' }, ['10.7.0.5/24', '2001:db8:7::5/64']) }],
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
  };
  const routed: Gateway = {
    ...vgw,
    defaultVia: [
      { via: '192.0.2.1', device: 'wan' },
      { via: '2001:db8::1', device: 'wan' },
    ],
  };
  const subnet = (prefix: string, router: string | null = null) => ({ prefix, router });
  const networks = [
    network('wan', {
      external: true,
      ipv6: true,
      subnets: [subnet('192.0.2.0/24', '192.0.2.1'), subnet('2001:db8::/64', '2001:db8::1')],
    }),
    network('shop', { subnets: [subnet('10.1.1.0/24', '10.1.1.1')] }),
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
