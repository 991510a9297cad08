/** The parts of a model and of a topology with nothing special about them: tests say what differs. */
import type { Gateway, GatewayMember, Host, Network } from '../../server/flow/model.ts';
import type {
  GatewayEntry,
  GatewayNicEntry,
  GuestEntry,
  GuestNicEntry,
  HostEntry,
  NetworkEntry,
} from '../../server/flow/topology.ts';

export const place = { file: 'shop.yaml', line: 1, column: 1 };

export const blankNetwork = (name: string): Network => ({
  name,
  place,
  description: null,
  realm: 'main',
  external: false,
  transport: { type: 'untagged' },
  isolated: false,
  dhcp: null,
  subnets: [],
  mtu: 1500,
  ipv6: false,
});

export const blankHost = (name: string): Host => ({
  name,
  place,
  access: { type: 'local' },
  bonds: [],
  bridges: [],
  nics: [],
  attachments: [],
  tunnels: [],
  namespaces: [],
  routing: { routes: [], sources: [] },
  capacity: null,
});

/** A gateway in a namespace on each of the hosts; interfaces are called as their networks. */
export const blankGateway = (name: string, namespace: string, hosts: readonly string[]): Gateway => ({
  name,
  place,
  description: null,
  runs: 'netns',
  members: hosts.map((host): GatewayMember => ({ name: `${name}@${host}`, host, namespace, nics: [] })),
  nics: [],
  masquerades: [],
  publishes: [],
  oneToOnes: [],
  routing: { routes: [], sources: [] },
  balances: [],
  intercepts: [],
  failover: { advertise: 1000, keepConnections: true, preempt: false, adverts: 'multicast' },
  mayRunOn: [],
  protection: 'none',
  needs: null,
});

type Blank<E, K extends keyof E> = Omit<E, K | 'name' | 'place' | 'description'>;

export const blankNetworkEntry: Blank<NetworkEntry, never> = {
  vlan: null,
  transport: null,
  vni: null,
  underlay: null,
  subnets: [],
  routers: [],
  external: false,
  dhcp: null,
  isolated: null,
  realm: null,
  mtu: null,
};

export const blankHostEntry: Blank<HostEntry, 'access'> = {
  bonds: new Map(),
  bridges: new Map(),
  nics: new Map(),
  routes: [],
  capacity: null,
};

export const blankGuestEntry: Blank<GuestEntry, 'on'> = {
  free: null,
  runs: null,
  nics: new Map(),
  listens: [],
  protection: null,
  needs: null,
};

export const blankGuestNicEntry: Blank<GuestNicEntry, never> = {
  addresses: [],
  auto: null,
  mac: null,
  default: null,
  port: null,
};

export const blankGatewayEntry: Blank<GatewayEntry, 'on' | 'runs'> = {
  nics: new Map(),
  masquerade: [],
  publish: [],
  oneToOne: [],
  routes: [],
  balance: [],
  intercept: [],
  failover: null,
  protection: null,
  needs: null,
};

export const blankGatewayNicEntry: Blank<GatewayNicEntry, never> = {
  shared: [],
  addresses: [],
  own: [],
  mac: null,
  default: null,
  port: null,
};
