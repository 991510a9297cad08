/**
 * Hosts that are reached in different ways, and changes of what stands on them: some cut the way, some do not, and which do is for
 * the kernel to say.
 */
import type { Dice } from './dice.ts';

/** A topology file, as far as changes look into it; JSON is YAML. */
export interface Text {
  readonly topology: string;
  networks: Record<string, Record<string, unknown>>;
  hosts: { far: Host };
  guests: Record<string, unknown>;
  gateways?: Record<string, unknown>;
  policy?: unknown[];
}

interface Host {
  readonly access: string;
  bridges: Record<string, { ports?: readonly string[]; networks: readonly string[]; existing?: boolean }>;
  nics: Record<string, unknown>;
  routes?: readonly { readonly to: string; readonly via: string }[];
}

export interface World {
  readonly name: string;
  /** Commands that set the host and the desk up; what is reached by the base of the world is not there yet. */
  readonly host: string;
  readonly desk: string;
  readonly address: string;
  /** What stands on the host when a change comes; `null`: nothing of ours. */
  readonly base: Text | null;
  /** A change makes the file that is applied from the base; `null`: everything of ours goes. */
  readonly changes: Readonly<Record<string, (dice: Dice) => Text | null>>;
}

const ACCESS = 'ssh://root@10.9.0.1';
const DESK = '10.9.0.200';
const FAR_DESK = '203.0.113.7';

/** Desk and router in one: it asks for the host's address as the router that it is, and connects as the desk. */
const BEHIND_ROUTER = `ip addr add 10.9.0.254/24 dev desk0; ip addr add ${FAR_DESK}/32 dev lo; ip route replace 10.9.0.0/24 dev desk0 src ${FAR_DESK}; sysctl -qw net.ipv4.conf.desk0.arp_announce=2`;

/** The host's address is ours, on a bridge of ours, and the desk is on the wire. */
function wired(): Text {
  return {
    topology: 'b-own',
    networks: { lan: { subnet: '10.9.0.0/24' } },
    hosts: {
      far: {
        access: ACCESS,
        bridges: { 'br-lan': { ports: ['eno1'], networks: ['lan'] } },
        nics: { lan: '10.9.0.1' },
      },
    },
    guests: { g1: { on: 'far', nics: { lan: '10.9.0.11' } } },
  };
}

/** The desk is behind a router. */
function routed(): Text {
  const text = wired();
  text.networks['lan'] = { subnet: '10.9.0.0/24', router: '10.9.0.254', external: true };
  text.hosts.far.routes = [{ to: 'default', via: '10.9.0.254' }];
  return text;
}

/** The host's address and routes are somebody else's. */
function beside(): Text {
  return {
    topology: 'b-own',
    networks: {},
    hosts: { far: { access: ACCESS, bridges: {}, nics: {} } },
    guests: {},
  };
}

/** Another network with a bridge of its own, and with `address` a NIC of the host. */
export function withNetwork(text: Text, name: string, subnet: string, address?: string): Text {
  text.networks[name] = { subnet };
  text.hosts.far.bridges[`br-${name}`] = { networks: [name] };
  if (address !== undefined) text.hosts.far.nics[name] = address;
  return text;
}

function withGuests(text: Text, network: string, prefix: string, count: number): Text {
  for (let index = 0; index < count; index += 1)
    text.guests[`${network}${String(index)}`] = {
      on: 'far',
      nics: { [network]: `${prefix}.${String(20 + index)}` },
      listens: ['80/tcp'],
    };
  return text;
}

/** What does no harm anywhere: other networks, guests, gateways in namespaces of their own. */
export function harmless(base: Text, dice: Dice): Text {
  const text = base;
  const count = 1 + dice.roll(3);
  for (let index = 0; index < count; index += 1) {
    const [name, prefix] = [`n${String(index)}`, `10.${String(60 + index)}.${String(dice.roll(200))}`];
    withNetwork(text, name, `${prefix}.0/24`, dice.roll(2) === 0 ? `${prefix}.2` : undefined);
    withGuests(text, name, prefix, dice.roll(4));
    if (dice.roll(3) === 0) text.networks[name] = { ...text.networks[name], isolated: true };
    if (dice.roll(3) === 0) text.networks[name] = { ...text.networks[name], mtu: 1300 + dice.roll(150) };
  }
  const gateway = dice.roll(3);
  if (gateway > 0) {
    const nics = Object.fromEntries(
      Object.entries(text.networks).flatMap(([name, { subnet }]) =>
        name.startsWith('n') ? [[name, String(subnet).replace(/\.0\/24$/, '.1')]] : [],
      ),
    );
    text.gateways = { gw: { on: ['far'], runs: gateway === 1 ? 'netns' : 'host', nics } };
    if (dice.roll(2) === 0) text.policy = [{ allow: '80/tcp', from: 'n0', to: count > 1 ? 'n1' : 'n0' }];
  }
  return text;
}

function withGateway(
  text: Text,
  policy: readonly unknown[],
  nat: Record<string, unknown> = {},
  address = '10.9.0.10',
): Text {
  withGuests(withNetwork(text, 'inner', '10.50.0.0/24'), 'inner', '10.50.0', 2);
  text.gateways = {
    gw: {
      on: ['far'],
      runs: 'host',
      nics: { lan: { address }, inner: '10.50.0.1' },
      nat: { masquerade: ['inner -> lan'], ...nat },
    },
  };
  text.policy = [...policy];
  return text;
}

const LAN_CHANGES: (base: () => Text) => World['changes'] = (base) => ({
  'another address': (dice) => {
    const text = base();
    text.hosts.far.nics['lan'] = `10.9.0.${String(3 + dice.roll(6))}`;
    return text;
  },
  'no address': () => {
    const text = base();
    text.hosts.far.nics = {};
    delete text.hosts.far.routes;
    return text;
  },
  'a bridge without its wire': () => {
    const text = base();
    text.hosts.far.bridges['br-lan'] = { networks: ['lan'] };
    return text;
  },
  'a wire in another bridge': (dice) => {
    const text = base();
    text.hosts.far.bridges['br-lan'] = { networks: ['lan'] };
    withNetwork(text, 'other', `10.${String(70 + dice.roll(9))}.0.0/24`);
    text.hosts.far.bridges['br-other'] = { ports: ['eno1'], networks: ['other'] };
    return text;
  },
  'a bridge of another name': (dice) => {
    const text = base();
    text.hosts.far.bridges = { [`br-new${String(dice.roll(9))}`]: { ports: ['eno1'], networks: ['lan'] } };
    return text;
  },
  'all of it gone': () => null,
  'a smaller packet': (dice) => {
    const text = base();
    text.networks['lan'] = { ...text.networks['lan'], mtu: 1300 + dice.roll(150) };
    return text;
  },
  'a greater packet': (dice) => {
    const text = base();
    text.networks['lan'] = { ...text.networks['lan'], mtu: 2000 + dice.roll(6000) };
    return text;
  },
  'guests in the same bridge': (dice) => withGuests(base(), 'lan', '10.9.0', 1 + dice.roll(5)),
  'no guests': () => ({ ...base(), guests: {} }),
  'an isolated network': () => {
    const text = base();
    text.networks['lan'] = { ...text.networks['lan'], isolated: true };
    return text;
  },
  'other networks': (dice) => harmless(base(), dice),
});

export const WORLDS: readonly World[] = [
  {
    name: 'a desk on the wire',
    host: '',
    desk: `ip addr add ${DESK}/24 dev desk0`,
    address: '10.9.0.1',
    base: wired(),
    changes: {
      ...LAN_CHANGES(wired),
      'a subnet without the desk': () => {
        const text = wired();
        text.networks['lan'] = { subnet: '10.9.0.0/25' };
        return text;
      },
      'a subnet with more than the desk': () => {
        const text = wired();
        text.networks['lan'] = { subnet: '10.9.0.0/23' };
        return text;
      },
      'a route to the desk by a guest': () => {
        const text = withGuests(withNetwork(wired(), 'side', '10.51.0.0/24', '10.51.0.2'), 'side', '10.51.0', 1);
        text.networks['lan'] = { subnet: '10.9.0.0/25' };
        text.hosts.far.routes = [{ to: '10.9.0.128/25', via: '10.51.0.20' }];
        return text;
      },
    },
  },
  {
    name: 'a desk behind a router',
    host: '',
    desk: BEHIND_ROUTER,
    address: '10.9.0.1',
    base: routed(),
    changes: {
      ...LAN_CHANGES(routed),
      'no way back': () => {
        const text = routed();
        delete text.hosts.far.routes;
        return text;
      },
      'the way back by another router': (dice) => {
        const text = routed();
        text.hosts.far.routes = [{ to: 'default', via: `10.9.0.${String(240 + dice.roll(10))}` }];
        return text;
      },
      'a nearer way to the desk': (dice) => {
        const text = routed();
        const to = dice.pick(['203.0.113.0/24', '203.0.113.0/29', '203.0.0.0/16', '203.0.113.7/32']);
        text.hosts.far.routes = [
          { to: 'default', via: '10.9.0.254' },
          { to, via: '10.9.0.11' },
        ];
        return text;
      },
      'a nearer way to somebody else': (dice) => {
        const text = routed();
        const to = dice.pick(['203.0.112.0/24', '203.0.113.8/29', '198.18.0.0/15', '203.0.113.6/32']);
        text.hosts.far.routes = [
          { to: 'default', via: '10.9.0.254' },
          { to, via: '10.9.0.11' },
        ];
        return text;
      },
      'a network where the desk is': (dice) =>
        withNetwork(routed(), 'x', dice.pick(['203.0.113.0/24', '203.0.113.0/28']), '203.0.113.1'),
      'a network beside the desk': () => withNetwork(routed(), 'x', '203.0.113.128/25', '203.0.113.129'),
      'the address of the desk': () => withNetwork(routed(), 'x', '203.0.113.0/24', FAR_DESK),
      'a gateway that lets nobody in': () => withGateway(routed(), []),
      'a gateway that lets the desk in': (dice) =>
        withGateway(routed(), [
          { allow: '22/tcp', from: dice.pick(['internet', '203.0.113.0/24', `${FAR_DESK}/32`]), to: 'far' },
        ]),
      'a gateway that lets others in': (dice) =>
        withGateway(routed(), [
          { allow: '22/tcp', from: dice.pick(['203.0.113.128/25', '198.18.0.0/15', 'inner']), to: 'far' },
        ]),
      'a gateway that lets the desk in elsewhere': (dice) =>
        withGateway(routed(), [{ allow: `${String(dice.pick([23, 2222, 80]))}/tcp`, from: 'internet', to: 'far' }]),
      'a gateway with the port of the desk for a guest': () => {
        const publish = [{ listen: '10.9.0.1:22/tcp', to: 'inner0:80' }];
        const text = withGateway(routed(), [{ allow: '22/tcp', from: 'internet', to: 'far' }], { publish }, '10.9.0.1');
        // The address that the host is reached by becomes the gateway's.
        text.hosts.far.nics['lan'] = '10.9.0.3';
        return text;
      },
      'a gateway with another port for a guest': (dice) =>
        withGateway(routed(), [{ allow: '22/tcp', from: 'internet', to: 'far' }], {
          publish: [{ listen: `10.9.0.10:${String(dice.pick([22, 80, 443]))}/tcp`, to: 'inner0:80' }],
        }),
    },
  },
  {
    name: 'a way that is not ours',
    host: 'ip addr add 10.9.0.1/24 dev eno1; ip route add default via 10.9.0.254',
    desk: BEHIND_ROUTER,
    address: '10.9.0.1',
    base: null,
    changes: {
      'other networks': (dice) => harmless(beside(), dice),
      'other networks again': (dice) => harmless(beside(), dice),
      'a network where the desk is': (dice) =>
        withNetwork(beside(), 'x', dice.pick(['203.0.113.0/24', '203.0.0.0/16']), '203.0.113.1'),
      'a network where the desk is, without the host': () => withNetwork(beside(), 'x', '203.0.113.0/24'),
      'the address of the desk': () => withNetwork(beside(), 'x', '203.0.113.0/24', FAR_DESK),
      'the address of the router': () => withNetwork(beside(), 'x', '10.9.0.252/30', '10.9.0.254'),
      'a network where the router is': () => withNetwork(beside(), 'x', '10.9.0.252/30', '10.9.0.253'),
      'a route to the desk by a guest': () => {
        const text = withGuests(withNetwork(beside(), 'x', '10.52.0.0/24', '10.52.0.2'), 'x', '10.52.0', 1);
        text.hosts.far.routes = [{ to: '203.0.113.0/24', via: '10.52.0.20' }];
        return text;
      },
      'a route to others by a guest': () => {
        const text = withGuests(withNetwork(beside(), 'x', '10.52.0.0/24', '10.52.0.2'), 'x', '10.52.0', 1);
        text.hosts.far.routes = [{ to: '198.18.0.0/15', via: '10.52.0.20' }];
        return text;
      },
    },
  },
];

/** The world with the most ways to lose one's way. */
export function routedWorld(): Omit<World, 'base'> & { readonly base: () => Text } {
  const found = WORLDS.find(({ name }) => name === 'a desk behind a router');
  if (found === undefined) throw new TypeError('no such world');
  return { ...found, base: routed };
}
