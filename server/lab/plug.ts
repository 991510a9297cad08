import { shortTag } from '../core/hash.ts';
import { plugPort } from '../reach/world/plug-points.ts';
import type { PlugPoint } from '../reach/world/plug-points.ts';
import { enterNetwork, runIp } from './enter.ts';
import { nodeOf, wireName } from './lab.ts';
import type { Lab, LabNode } from './lab.ts';
import { runTool } from './tool.ts';
import { linkNames, WIRE_BRIDGE, WIRE_MTU } from './wires.ts';

/** A NIC of a node that the plan knows nothing of (`internet`, members made for a test), and where it is plugged in. */
export interface Plug {
  readonly node: string;
  readonly device: string;
  readonly points: readonly PlugPoint[];
}

/** In the node: the NIC itself, or what it stands on (a tagged frame's VLAN device, ports of a bridge). */
interface Leg {
  readonly point: PlugPoint;
  /** On the wire or in the host. */
  readonly far: string;
  /** The veth end in the node. */
  readonly near: string;
  /** The link with untagged frames: the veth end itself, or a VLAN device on it. */
  readonly plain: string;
}

/**
 * Plugs a NIC in, where it is not yet. Several points (bridges that nothing joins, several fabrics) meet in a bridge in the
 * node whose ports are isolated from each other: the node reaches all of them, and they do not reach one another by it.
 */
export async function plugIn(lab: Lab, plug: Plug): Promise<void> {
  const node = nodeOf(lab, plug.node);
  const [there = new Set<string>()] = await linkNames([node]);
  const legs = plug.points.map((point, index) => legOf(plug, point, index));
  for (const leg of legs) {
    if (!there.has(leg.near)) await plugLeg(lab, node, leg);
  }
  await runIp({ node, purpose: `plug ${plug.node} in`, lines: nodeLines(plug, legs, there) });
}

/** The cables of a plug: in the node, and where it is plugged in. */
export function plugEnds(plug: Plug): readonly { readonly near: string; readonly at: string; readonly far: string }[] {
  return plug.points.map((point, index) => {
    const { near, far } = legOf(plug, point, index);
    return { near, at: placeOf(point), far };
  });
}

function placeOf(point: PlugPoint): string {
  return point.type === 'wire' ? wireName(point.fabric) : point.host;
}

/** What a killed run may have left between: a far end without its near end cannot be, they are one pair. */
async function plugLeg(lab: Lab, node: LabNode, { point, far, near }: Leg): Promise<void> {
  const at = nodeOf(lab, placeOf(point));
  const bridge = point.type === 'wire' ? WIRE_BRIDGE : point.bridge;
  const mtu = point.type === 'wire' ? ['mtu', String(WIRE_MTU)] : [];
  const pair = [
    'link',
    'add',
    'name',
    far,
    ...mtu,
    'up',
    'master',
    bridge,
    'type',
    'veth',
    'peer',
    'name',
    near,
    'netns',
    String(node.pid),
  ];
  await runIp({ node: at, purpose: `plug ${node.name} into ${at.name}`, lines: [pair] });
  if (point.type === 'bridge' && point.vid !== null) {
    const argv = ['bridge', 'vlan', 'add', 'dev', far, 'vid', String(point.vid), 'pvid', 'untagged'];
    await runTool(`plug ${node.name} into ${at.name}`, [...enterNetwork(at), ...argv]);
  }
}

function legOf(plug: Plug, point: PlugPoint, index: number): Leg {
  const tag = shortTag(8, plug.node, plug.device, JSON.stringify(point));
  const far = plugPort(plug.node, plug.device, point);
  const single = plug.points.length === 1;
  const tagged = point.type === 'wire' && point.tag !== null;
  const plain = single ? plug.device : `p${String(index)}-${tag}`;
  return { point, far, near: tagged ? `t-${tag}` : plain, plain };
}

function nodeLines(plug: Plug, legs: readonly Leg[], there: ReadonlySet<string>): string[][] {
  const lines: string[][] = [];
  const bridged = legs.length > 1;
  if (legs.length === 0 && !there.has(plug.device)) {
    // Nothing carries the network: the NIC is plugged into nothing.
    lines.push(['link', 'add', 'name', plug.device, 'type', 'bridge', 'stp_state', '0']);
  }
  if (bridged && !there.has(plug.device))
    lines.push(['link', 'add', 'name', plug.device, 'type', 'bridge', 'stp_state', '0', 'mcast_snooping', '0']);
  for (const { point, near, plain } of legs) {
    if (near !== plain) {
      lines.push(['link', 'set', 'dev', near, 'up']);
      const tag = point.type === 'wire' ? point.tag : null;
      if (!there.has(plain))
        lines.push(['link', 'add', 'link', near, 'name', plain, 'type', 'vlan', 'id', String(tag)]);
    }
    if (bridged) {
      lines.push(['link', 'set', 'dev', plain, 'master', plug.device]);
      lines.push(['link', 'set', 'dev', plain, 'type', 'bridge_slave', 'isolated', 'on']);
      lines.push(['link', 'set', 'dev', plain, 'up']);
    }
  }
  return lines;
}
