/**
 * In: the Model. Out: which physical ports are on which wire, and where a node that is no guest of the plan (`internet`, a member
 * made for a test) is plugged into a network. The lab builds by it, and the World is made by it.
 */
import { shortTag } from '../../core/hash.ts';
import type { Bond, Host, HostNic, Model } from '../../flow/model.ts';

/** A physical port of a host, and the fabric that it is plugged into. */
export interface Port {
  readonly host: string;
  readonly device: string;
  readonly fabric: string;
  /** The bond of the host that it is a part of. */
  readonly bond: Bond | null;
}

const DEFAULT_FABRIC = 'default';

/** Every physical port that the file names: uplinks of bridges, ports of bonds, and ports that a host uses without a bridge. */
export function portsOf(model: Model): readonly Port[] {
  const ports = new Map<string, Port>();
  for (const host of model.hosts.values()) {
    const plug = (device: string, fabric: string): void => {
      for (const port of physicalPorts(host, device, fabric)) {
        const key = `${host.name}/${port.device}`;
        if (!ports.has(key)) ports.set(key, port);
      }
    };
    for (const bridge of host.bridges) for (const { device, fabric } of bridge.uplinks) plug(device, fabric);
    for (const { device, on, fabric } of host.nics) if (isBare(on)) plug(device, fabric ?? DEFAULT_FABRIC);
    for (const { device } of host.bonds) plug(device, DEFAULT_FABRIC);
  }
  return [...ports.values()];
}

function physicalPorts({ name: host, bonds }: Host, device: string, fabric: string): readonly Port[] {
  const bond = bonds.find((each) => each.device === device);
  if (bond === undefined) return [{ host, device, fabric, bond: null }];
  return bond.ports.map((port) => ({ host, device: port.device, fabric, bond }));
}

function isBare(on: HostNic['on']): boolean {
  return on.type === 'port' || on.type === 'bond';
}

export function fabricsOf(model: Model): readonly string[] {
  return [...new Set(portsOf(model).map((port) => port.fabric))].sort();
}

/** Where a node that is no guest of the plan can be plugged into a network. */
export type PlugPoint =
  /** The wire between uplinks; `tag` is the VLAN that the network's frames carry there. */
  | { readonly type: 'wire'; readonly fabric: string; readonly tag: number | null }
  /** A bridge without uplinks that carries the network; `vid` is the VLAN inside a VLAN-aware one. */
  | { readonly type: 'bridge'; readonly host: string; readonly bridge: string; readonly vid: number | null };

export function plugPointsOf(model: Model, network: string): readonly PlugPoint[] {
  const points = new Map<string, PlugPoint>();
  for (const host of model.hosts.values()) {
    for (const bridge of host.bridges) {
      const carried = bridge.carries.find((each) => each.network === network);
      if (carried === undefined) continue;
      const tag = carried.tagged ? carried.vid : null;
      for (const { fabric } of bridge.uplinks)
        points.set(`wire ${fabric} ${String(tag)}`, { type: 'wire', fabric, tag });
      if (bridge.uplinks.length === 0) {
        points.set(`bridge ${host.name} ${bridge.device}`, {
          type: 'bridge',
          host: host.name,
          bridge: bridge.device,
          vid: carried.vid,
        });
      }
    }
    for (const nic of host.nics.filter((each) => each.network === network && isBare(each.on))) {
      const fabric = nic.fabric ?? DEFAULT_FABRIC;
      points.set(`wire ${fabric} null`, { type: 'wire', fabric, tag: null });
    }
  }
  return [...points.values()];
}

/**
 * One of the points is enough for a network whose bridges meet on a wire or in a tunnel; bridges without uplinks that no
 * tunnel joins are segments of their own, and each needs its own.
 */
export function plugPointsNeeded(model: Model, network: string): readonly PlugPoint[] {
  const points = plugPointsOf(model, network);
  return model.networks.get(network)?.transport.type === 'vxlan' ? points.slice(0, 1) : points;
}

/** The port that is made on a wire or in a host's bridge for a node that is plugged in there. */
export function plugPort(node: string, device: string, point: PlugPoint): string {
  return `x-${shortTag(8, node, device, JSON.stringify(point))}`;
}
