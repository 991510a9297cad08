/** In: the Model. Out: the stacks that are no host's: guests, the node `internet`, and members put on networks for a question. */
import { addressPart, familyOf, hostPrefix } from '../../core/address.ts';
import type { Family, InterfaceAddress, Prefix } from '../../core/address.ts';
import { nicName } from '../../core/nic-name.ts';
import type { Guest, Model } from '../../flow/model.ts';
import type { InternetNic, ProbePlan, TemporaryMember } from '../../flow/probe.ts';
import type { Interface, NetworkStack, StackRoute, StackRule, Wire, WireEnd } from '../../flow/world.ts';
import { byPriority, KERNEL_RULES, kernelRoutes, LOOPBACK } from './kernel-routes.ts';
import { plugPointsNeeded, plugPort } from './plug-points.ts';
import type { PlugPoint } from './plug-points.ts';
import { providerRoutes } from './provider.ts';
import { asProxy, takenBy } from './proxies.ts';

/** A port that is made in a host's bridge for a node that is plugged in there. */
export interface PluggedPort {
  readonly stack: string;
  readonly port: Interface;
}

export interface Members {
  readonly stacks: readonly NetworkStack[];
  readonly wires: readonly Wire[];
  readonly ports: readonly PluggedPort[];
  /** Ends on the cables between hosts, by fabric. */
  readonly plugged: readonly { readonly fabric: string; readonly end: WireEnd }[];
}

export const INTERNET = 'internet';

export function membersOf(model: Model, plan: Pick<ProbePlan, 'internet' | 'temporary'>): Members {
  const guests = [...model.guests.values()];
  const plugs = [internetPlug(model, plan.internet), ...plan.temporary.map((each) => temporaryPlug(model, each))];
  return {
    stacks: [
      ...guests.map((guest) => asProxy(guestStack(guest), takenBy(model, guest))),
      ...plugs.map(({ stack }) => stack),
    ],
    wires: [...guests.flatMap(guestWires), ...plugs.flatMap(({ wires }) => wires)],
    ports: plugs.flatMap(({ ports }) => ports),
    plugged: plugs.flatMap(({ plugged }) => plugged),
  };
}

/** What lies beyond routes between those who are connected to it. */
const PROVIDER: ReadonlyMap<string, string> = new Map([
  ['net/ipv4/ip_forward', '1'],
  ['net/ipv6/conf/all/forwarding', '1'],
]);

type StackShape = Pick<NetworkStack, 'id' | 'sort' | 'host' | 'listens'> & {
  readonly interfaces: readonly Interface[];
  readonly routes: readonly StackRoute[];
  readonly rules?: readonly StackRule[];
};

function memberStack({ interfaces, routes, rules = [], ...rest }: StackShape): NetworkStack {
  return {
    ...rest,
    node: rest.id,
    interfaces: new Map(interfaces.map((each) => [each.name, each])),
    routes: [...kernelRoutes(interfaces), ...routes],
    rules: [...KERNEL_RULES, ...rules].toSorted(byPriority),
    settings: rest.sort === 'internet' ? PROVIDER : new Map(),
    tables: [],
    iptables: new Map(),
    unread: [],
  };
}

function nic(name: string, more: Partial<Interface>): Interface {
  return { ...LOOPBACK, name, mtu: null, addresses: [], form: { type: 'plain' }, ...more };
}

function routed(to: Prefix, via: string | null, device: string, table = 'main'): StackRoute {
  const family = familyOf(to);
  const metric = family === 4 ? 0 : 1024;
  const more = { type: 'unicast', source: null, protocol: 'boot', unknown: [], metric };
  return { family, table, to, ways: [{ via, device }], ...more };
}

const everything = (family: Family): Prefix => (family === 4 ? '0.0.0.0/0' : '::/0');

// ---------------------------------------------------------------- guests

/** Where a guest's rules begin; between the tables that it has for its further NICs. */
const FIRST = 1000;

function guestStack(guest: Guest): NetworkStack {
  const { name, host, nics, listens } = guest;
  const routes: StackRoute[] = [];
  const rules: StackRule[] = [];
  nics.forEach(({ network, addresses, defaultVia, sourceVia }, index) => {
    const device = nicName(network);
    for (const via of defaultVia) routes.push(routed(everything(familyOf(via)), via, device));
    const table = String(FIRST + 1 + index);
    for (const via of sourceVia) {
      const family = familyOf(via);
      const own = addresses.map(addressPart).filter((each) => familyOf(each) === family);
      if (own.length > 0) routes.push(routed(everything(family), via, device, table));
      for (const address of own) {
        const line = { family, mark: null, unknown: [] };
        if (rules.every((each) => each.family !== family))
          rules.push({ ...line, priority: FIRST, from: null, table: 'main', suppressed: 0 });
        rules.push({
          ...line,
          ...{ priority: FIRST + rules.length + 1, from: hostPrefix(address), table, suppressed: null },
        });
      }
    }
  });
  const interfaces = nics.map(({ network, mac, mtu, addresses }) => nic(nicName(network), { mac, mtu, addresses }));
  return memberStack({
    ...{ id: name, sort: 'guest', host, listens, routes, rules },
    interfaces: [LOOPBACK, ...interfaces],
  });
}

function guestWires({ name, host, nics }: Guest): readonly Wire[] {
  return nics.map(({ network, port }) => ({
    name: `${name} on ${network}`,
    ends: [
      { stack: host, device: port, tag: null },
      { stack: name, device: nicName(network), tag: null },
    ],
    open: false,
  }));
}

// ---------------------------------------------------------------- nodes that are plugged in

interface Plug {
  readonly stack: NetworkStack;
  readonly wires: readonly Wire[];
  readonly ports: readonly PluggedPort[];
  readonly plugged: Members['plugged'];
}

interface PlugNic {
  readonly network: string;
  readonly points: readonly PlugPoint[];
  readonly addresses: readonly InterfaceAddress[];
}

function internetPlug(model: Model, nics: readonly InternetNic[]): Plug {
  const beyond = [...new Set(nics.flatMap((each) => each.beyond))].map(hostPrefix);
  const routes = providerRoutes(model).map(({ to, via, network }) => routed(to, via, nicName(network)));
  const plugged = nics.map(({ network, routers }) => ({
    ...{ network, addresses: routers },
    points: plugPointsNeeded(model, network),
  }));
  const lo = { ...LOOPBACK, addresses: [...LOOPBACK.addresses, ...beyond] };
  return plug({ id: INTERNET, sort: 'internet', host: null, listens: null, routes }, lo, plugged);
}

function temporaryPlug(model: Model, { node, network, addresses, defaultVia }: TemporaryMember): Plug {
  const families = new Set(addresses.map(familyOf));
  const routes = defaultVia
    .filter((via) => families.has(familyOf(via)))
    .map((via) => routed(everything(familyOf(via)), via, nicName(network)));
  const points = plugPointsNeeded(model, network).slice(0, 1);
  const stack = { id: node, sort: 'temporary', host: null, listens: null, routes } as const;
  return plug(stack, LOOPBACK, [{ network, addresses, points }]);
}

/** Several points meet in a bridge whose ports are isolated: the node reaches all of them, and they not each other by it. */
function plug(shape: Omit<StackShape, 'interfaces'>, lo: Interface, nics: readonly PlugNic[]): Plug {
  const interfaces: Interface[] = [lo];
  const found: { wires: Wire[]; ports: PluggedPort[]; plugged: Members['plugged'][number][] } = {
    ...{ wires: [], ports: [], plugged: [] },
  };
  for (const { network, points, addresses } of nics) {
    const device = nicName(network);
    const single = points.length <= 1;
    const mac = pluggedMac(interfaces.length);
    const form = { type: 'bridge', vlanAware: false, callsIp: false, vlanProtocol: '802.1Q' } as const;
    interfaces.push(nic(device, { addresses, mac, ...(single ? {} : { form }) }));
    points.forEach((point, index) => {
      const name = single ? device : `${device}.${String(index)}`;
      const port = { master: device, isolated: true, hairpin: false, forwarding: true };
      if (!single) interfaces.push(nic(name, { port, mac }));
      join(shape.id, device, name, point, found);
    });
  }
  return { stack: memberStack({ ...shape, interfaces }), ...found };
}

function join(
  stack: string,
  device: string,
  name: string,
  point: PlugPoint,
  found: { wires: Wire[]; ports: PluggedPort[]; plugged: Members['plugged'][number][] },
): void {
  if (point.type === 'wire') {
    found.plugged.push({ fabric: point.fabric, end: { stack, device: name, tag: point.tag } });
    return;
  }
  const far = plugPort(stack, device, point);
  const port = { master: point.bridge, isolated: false, hairpin: false, forwarding: true };
  const vlans = point.vid === null ? [] : [{ vid: point.vid, pvid: true, untagged: true }];
  found.ports.push({ stack: point.host, port: nic(far, { port, vlans }) });
  found.wires.push({
    name: `${stack} in ${point.bridge} of ${point.host}`,
    ends: [
      { stack, device: name, tag: null },
      { stack: point.host, device: far, tag: null },
    ],
    open: false,
  });
}

/** Nobody else's: the node's NICs have whatever MAC the kernel gives them. */
function pluggedMac(index: number): string {
  return `02:ff:ff:ff:ff:${index.toString(16).padStart(2, '0')}`;
}
