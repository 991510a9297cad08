/**
 * Who gets a frame that an interface sends to all: along wires, through bridges with their VLANs and isolated ports, into VLAN
 * devices, bonds and tunnels. Filters are not asked here; each way comes with the bridges that it crosses, so that they can be.
 */
import type { Interface, NetworkStack, StackId, Wire, WireEnd, World } from '../../flow/world.ts';

/** A frame through one bridge, from port to port; `null` is the host that the bridge is on. */
export interface Crossing {
  readonly stack: StackId;
  readonly bridge: string;
  readonly from: string | null;
  readonly to: string | null;
  /** Inside a bridge that filters VLANs. */
  readonly vid: number | null;
}

/** An interface that the frame arrives at without a tag, as one that IP may use. */
export interface Endpoint {
  readonly stack: StackId;
  readonly device: string;
  readonly path: readonly Crossing[];
}

export interface Segment {
  readonly endpoints: readonly Endpoint[];
  /** Why it is not known who else is there. */
  readonly beyond: readonly string[];
}

interface Wiring {
  readonly byEnd: ReadonlyMap<string, { readonly wire: Wire; readonly end: WireEnd }>;
  /** VXLAN devices by VNI and port. */
  readonly tunnels: ReadonlyMap<string, readonly (readonly [NetworkStack, Interface])[]>;
  readonly segments: Map<string, Segment>;
}

interface StackIndex {
  /** By bridge or bond. */
  readonly ports: ReadonlyMap<string, readonly Interface[]>;
  /** VLAN devices and macvlans by what they lie on. */
  readonly above: ReadonlyMap<string, readonly Interface[]>;
}

/** By the wires: Worlds that share them differ in routes and rules alone, which no frame depends on. */
const wirings = new WeakMap<World['wires'], Wiring>();
const stackIndexes = new WeakMap<NetworkStack, StackIndex>();

function wiringOf(world: World): Wiring {
  const known = wirings.get(world.wires);
  if (known !== undefined) return known;
  const byEnd = new Map(
    world.wires.flatMap((wire) => wire.ends.map((end) => [`${end.stack} ${end.device}`, { wire, end }] as const)),
  );
  const tunnels = new Map<string, (readonly [NetworkStack, Interface])[]>();
  for (const stack of world.stacks.values()) {
    for (const each of stack.interfaces.values()) {
      if (each.form.type !== 'vxlan') continue;
      const key = tunnelKey(each.form);
      tunnels.set(key, [...(tunnels.get(key) ?? []), [stack, each]]);
    }
  }
  const wiring = { byEnd, tunnels, segments: new Map<string, Segment>() };
  wirings.set(world.wires, wiring);
  return wiring;
}

function tunnelKey({ vni, port }: { readonly vni: number; readonly port: number }): string {
  return `${String(vni)} ${String(port)}`;
}

function indexOf(stack: NetworkStack): StackIndex {
  const known = stackIndexes.get(stack);
  if (known !== undefined) return known;
  const all = [...stack.interfaces.values()];
  const ports = Map.groupBy(all, ({ port }) => port?.master ?? '');
  const above = Map.groupBy(all, ({ form }) => (form.type === 'vlan' || form.type === 'macvlan' ? form.on : ''));
  const index = { ports, above };
  stackIndexes.set(stack, index);
  return index;
}

/** Cached for as long as the World is. */
export function segmentOf(world: World, stack: StackId, device: string): Segment {
  const { segments } = wiringOf(world);
  const key = `${stack} ${device}`;
  const known = segments.get(key);
  if (known !== undefined) return known;
  const flood: Flood = { world, endpoints: new Map(), beyond: new Set(), seen: new Set(), todo: [] };
  const from = world.stacks.get(stack);
  if (from !== undefined) send(flood, from, device, null, []);
  for (let next = flood.todo.shift(); next !== undefined; next = flood.todo.shift()) receive(flood, next);
  flood.endpoints.delete(key);
  const segment = { endpoints: [...flood.endpoints.values()], beyond: [...flood.beyond] };
  segments.set(key, segment);
  return segment;
}

type Tag = number | null;

interface Arrival {
  readonly stack: NetworkStack;
  readonly device: string;
  readonly tag: Tag;
  readonly path: readonly Crossing[];
}

interface Flood {
  readonly world: World;
  readonly endpoints: Map<string, Endpoint>;
  readonly beyond: Set<string>;
  readonly seen: Set<string>;
  readonly todo: Arrival[];
}

function isNew({ seen }: Flood, what: string, stack: NetworkStack, device: string, tag: Tag): boolean {
  const key = `${what} ${stack.id} ${device} ${String(tag)}`;
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** Out of an interface. */
function send(flood: Flood, stack: NetworkStack, device: string, tag: Tag, path: readonly Crossing[]): void {
  const found = stack.interfaces.get(device);
  if (found?.up !== true || !isNew(flood, 'out', stack, device, tag)) return;
  const { form } = found;
  switch (form.type) {
    case 'loopback':
      return;
    case 'plain':
      sendByWire(flood, stack, device, tag, path);
      return;
    case 'bridge': {
      const vid = form.vlanAware ? vlanIn(found, tag) : tag;
      if (vid !== undefined) throughBridge(flood, stack, found, null, vid, path);
      return;
    }
    case 'vlan':
      if (tag === null) send(flood, stack, form.on, form.vid, path);
      else flood.beyond.add(`${device} of ${stack.id} would put a second tag on a frame`);
      return;
    case 'bond':
      for (const port of indexOf(stack).ports.get(device) ?? [])
        if (port.port?.forwarding === true) send(flood, stack, port.name, tag, path);
      return;
    case 'vxlan':
      sendByTunnel(flood, stack, found, tag, path);
      return;
    case 'macvlan':
      if (form.mode !== 'bridge') flood.beyond.add(`${device} of ${stack.id} is a macvlan of mode ${form.mode}`);
      for (const each of indexOf(stack).above.get(form.on) ?? [])
        if (each.name !== device && each.form.type === 'macvlan')
          flood.todo.push({ stack, device: each.name, tag, path });
      send(flood, stack, form.on, tag, path);
      return;
    case 'unknown':
      flood.beyond.add(`${device} of ${stack.id} is ${form.what}`);
  }
}

function sendByWire(flood: Flood, stack: NetworkStack, device: string, tag: Tag, path: readonly Crossing[]): void {
  const { world } = flood;
  const plugged = wiringOf(world).byEnd.get(`${stack.id} ${device}`);
  if (plugged === undefined) return;
  const { wire, end } = plugged;
  if (wire.open) flood.beyond.add(`nobody has told where ${device} of ${stack.id} leads to`);
  // A node that is plugged into one VLAN of a cable sends and gets nothing else.
  if (end.tag !== null && tag !== null) return;
  const onWire = end.tag ?? tag;
  for (const other of wire.ends) {
    if (other === end || (other.tag !== null && other.tag !== onWire)) continue;
    const far = world.stacks.get(other.stack);
    if (far !== undefined)
      flood.todo.push({ stack: far, device: other.device, tag: other.tag === null ? onWire : null, path });
  }
}

/** What is sent to a host that has no such tunnel is lost there. */
function sendByTunnel(
  flood: Flood,
  stack: NetworkStack,
  { name, form }: Interface,
  tag: Tag,
  path: readonly Crossing[],
): void {
  if (form.type !== 'vxlan') return;
  const others = wiringOf(flood.world).tunnels.get(tunnelKey(form)) ?? [];
  for (const remote of form.remotes) {
    const far = others.filter(([, each]) => each.form.type === 'vxlan' && each.form.local === remote);
    if (far.length === 0 && isElsewhere(flood.world, remote))
      flood.beyond.add(`${name} of ${stack.id} leads to ${remote}, of which nothing is known`);
    for (const [at, { name: device }] of far) flood.todo.push({ stack: at, device, tag, path });
  }
}

/** Nobody here has the address, and there is more than what is here. */
function isElsewhere({ stacks, wires }: World, address: string): boolean {
  if (!wires.some(({ open }) => open)) return false;
  const own = ({ addresses }: Interface): boolean => addresses.some((each) => each.startsWith(`${address}/`));
  return ![...stacks.values()].some(({ interfaces }) => [...interfaces.values()].some(own));
}

/** The VLAN that a frame belongs to which comes in by a port, or from the bridge's own interface. */
function vlanIn({ vlans }: Interface, tag: Tag): number | undefined {
  return tag === null ? vlans.find(({ pvid }) => pvid)?.vid : vlans.find(({ vid }) => vid === tag)?.vid;
}

function receive(flood: Flood, { stack, device, tag, path }: Arrival): void {
  const found = stack.interfaces.get(device);
  if (found?.up !== true || !isNew(flood, 'in', stack, device, tag)) return;
  const above = (indexOf(stack).above.get(device) ?? []).filter(({ up }) => up);
  // A VLAN device takes its frames before a bridge sees them (vlan_do_receive).
  const vlan = above.find(({ form }) => form.type === 'vlan' && form.vid === tag);
  if (tag !== null && vlan !== undefined) {
    receive(flood, { stack, device: vlan.name, tag: null, path });
    return;
  }
  for (const each of above) if (each.form.type === 'macvlan') receive(flood, { stack, device: each.name, tag, path });
  const { port, form } = found;
  if (form.type === 'unknown') flood.beyond.add(`${device} of ${stack.id} is ${form.what}`);
  if (port === null) {
    if (tag === null) flood.endpoints.set(`${stack.id} ${device}`, { stack: stack.id, device, path });
    return;
  }
  const master = stack.interfaces.get(port.master);
  if (master?.up !== true || !port.forwarding) return;
  if (master.form.type === 'bond') receive(flood, { stack, device: master.name, tag, path });
  else if (master.form.type === 'bridge') {
    if (master.form.vlanProtocol !== '802.1Q') flood.beyond.add(`bridge ${master.name} of ${stack.id} filters 802.1ad`);
    const vid = master.form.vlanAware ? vlanIn(found, tag) : tag;
    if (vid !== undefined) throughBridge(flood, stack, master, found, vid, path);
  } else flood.beyond.add(`${device} of ${stack.id} is a port of ${port.master}, of which nothing is known`);
}

/** @param vid the VLAN inside a bridge that filters, the frame's own tag in one that does not. */
function throughBridge(
  flood: Flood,
  stack: NetworkStack,
  bridge: Interface,
  from: Interface | null,
  vid: Tag,
  path: readonly Crossing[],
): void {
  const aware = bridge.form.type === 'bridge' && bridge.form.vlanAware;
  const crossing = (to: string | null): readonly Crossing[] => [
    ...path,
    { stack: stack.id, bridge: bridge.name, from: from?.name ?? null, to, vid },
  ];
  /** `undefined`: not in the VLAN. */
  const tagOut = ({ vlans }: Interface): Tag | undefined => {
    if (!aware) return vid;
    const found = vlans.find((each) => each.vid === vid);
    return found === undefined ? undefined : found.untagged ? null : vid;
  };
  if (from !== null) {
    const own = tagOut(bridge);
    if (own !== undefined) receive(flood, { stack, device: bridge.name, tag: own, path: crossing(null) });
  }
  for (const to of indexOf(stack).ports.get(bridge.name) ?? []) {
    const own = tagOut(to);
    if (own === undefined || to.port?.forwarding !== true) continue;
    if (from !== null && to.name === from.name && from.port?.hairpin !== true) continue;
    if (from?.port?.isolated === true && to.port.isolated) continue;
    send(flood, stack, to.name, own, crossing(to.name));
  }
}
